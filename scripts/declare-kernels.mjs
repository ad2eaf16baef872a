// The border to WebAssembly in TypeScript, from what the AssemblyScript compiler says of its exports.

/** Functions with more arguments than this take them by name: in a long row nobody sees two addresses change places. */
const MOST_IN_ORDER = 6;
/** Columns of a line, as the formatter has them. */
const WIDTH = 100;

/** TypeScript for the exports that asc declares in `bindings` (--bindings raw), with the values of the constants. */
export function declareKernels(bindings, wasm) {
  const functions = [...bindings.matchAll(/export function (\w+)\((.*?)\): (\w+);/g)].map(
    ([, name, list, result]) => ({
      name,
      result,
      parameters: list.split(', ').map((parameter) => parameter.split(':')[0]),
    }),
  );
  const constants = constantsOf(wasm);
  const named = functions.filter(({ parameters }) => parameters.length > MOST_IN_ORDER);
  return [
    '// Generated from what src/compute/kernels/wasm exports (npm run build:kernels -- --declare): do not edit. Addresses',
    '// are in bytes.',
    ...Object.entries(constants).map(([name, value]) => `\nexport const ${name} = ${value};`),
    ...named.map(
      ({ name, parameters }) =>
        `\n/** Arguments of {@link WasmKernels.${name}}. */\nexport interface ${titled(name)} {\n` +
        `${parameters.map((parameter) => `  readonly ${parameter}: number;\n`).join('')}}`,
    ),
    '\n/** The compiled functions; those of many arguments take them by name. */\nexport interface WasmKernels {',
    ...functions.map(({ name, parameters, result }) =>
      parameters.length > MOST_IN_ORDER
        ? `  ${name}(args: ${titled(name)}): ${result};`
        : inLine(`  ${name}(`, parameters.map(typed), `): ${result};`),
    ),
    '}',
    '\n/** Put names to the arguments of what a compiled module exports. */',
    'export function nameArguments(exports: unknown): WasmKernels {',
    '  const raw = exports as Record<keyof WasmKernels, (...numbers: number[]) => number>;',
    '  return {',
    ...functions.map(({ name, parameters }) =>
      parameters.length > MOST_IN_ORDER
        ? arrow(
            `    ${name}: (a) =>`,
            `raw.${name}(`,
            parameters.map((parameter) => `a.${parameter}`),
          )
        : `    ${name}: raw.${name},`,
    ),
    '  };',
    '}',
    '',
  ].join('\n');
}

/** Values of the numbers that a module exports. */
function constantsOf(wasm) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  const constants = Object.entries(instance.exports).filter(
    ([, value]) => value instanceof WebAssembly.Global,
  );
  return Object.fromEntries(constants.map(([name, { value }]) => [name, value]));
}

const typed = (parameter) => `${parameter}: number`;
const titled = (name) => `${name[0].toUpperCase()}${name.slice(1)}Arguments`;

/** A property whose value is a function that makes a call: on one line, or with the call below. */
function arrow(start, call, items) {
  const line = `${start} ${call}${items.join(', ')}),`;
  return line.length <= WIDTH ? line : `${start}\n${inLine(`      ${call}`, items, '),')}`;
}

/** A list between brackets on one line, or an item a line where it is too long. */
function inLine(start, items, end) {
  const line = start + items.join(', ') + end;
  if (line.length <= WIDTH) return line;
  const indent = start.match(/^ */)[0];
  return `${start}\n${items.map((item) => `${indent}  ${item},\n`).join('')}${indent}${end}`;
}
