// Compiles src/compute/kernels/wasm to dist/compute/wasm/kernels.wasm and kernels-plain.wasm, and checks that
// src/compute/wasm/kernels.ts says what the functions are called with. With --declare that file is written anew; with
// --check nothing is written.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { declareKernels } from './declare-kernels.mjs';

const SOURCE = 'src/compute/kernels/wasm/index.ts';
const DECLARATIONS = 'src/compute/wasm/kernels.ts';
const OUT = 'dist/compute/wasm';

/** Compile the kernels with some features of WebAssembly; the files that asc would write, by ending. */
async function compile(features) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      SOURCE,
      ...['-o', 'kernels.wasm', '--bindings', 'raw', '--enable', features],
      ...['-O3', '--noAssert', '--runtime', 'stub'],
      ...['--importMemory', '--sharedMemory', '--maximumMemory', '65536'],
    ],
    {
      readFile(name) {
        try {
          // Decorators of functions are comments in the source, so that the tools of TypeScript can read it.
          return readFileSync(name, 'utf8').replaceAll(/^\/\/ @inline$/gm, '@inline');
        } catch {
          return null; // A name that asc tries.
        }
      },
      writeFile: (name, contents) => files.set(name.replace(/^.*?\./, ''), contents),
    },
  );
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  return files;
}

const flags = new Set(process.argv.slice(2));
const plain = await compile('simd,threads');
const declarations = declareKernels(plain.get('d.ts'), plain.get('wasm'));
if (flags.has('--declare')) writeFileSync(DECLARATIONS, declarations);
if (declarations !== readFileSync(DECLARATIONS, 'utf8')) {
  console.error(`${DECLARATIONS} is not up to date: npm run build:kernels -- --declare writes it`);
  process.exitCode = 1;
}
if (!flags.has('--check')) {
  const fused = await compile('simd,threads,relaxed-simd');
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${OUT}/kernels-plain.wasm`, plain.get('wasm'));
  writeFileSync(`${OUT}/kernels.wasm`, fused.get('wasm'));
}
