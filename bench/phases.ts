// Where the time of a training step goes: each phase by CPU time, and the encoder's product apart from the rest of
// encoding. Everything runs on this one thread, so that phases can be told from one another.
//
//   npm run build && npx tsx bench/phases.ts [--rows 2048] [--d 768] [--latents 24576] [--l0 100]
//       [--kind relu|topk|batchtopk] [--aux SHARE] [--steps 5] [--blas NAME|none|wasm] [--screen none]
import { parseArgs } from 'node:util';
import { kernelsOn } from '../src/compute/kernels/cpu/coder.ts';
import { createEngine, type Engine } from '../src/compute/kernels/cpu/engine.ts';
import { runBlock } from '../src/compute/kernels/cpu/tasks/tasks.ts';
import type { ThreadPool } from '../src/compute/kernels/cpu/threads/thread-pool.ts';
import { createGate } from '../src/compute/onnx/gate.ts';
import { openByteProduct, openProducts } from '../src/compute/products/open.ts';
import type { Products } from '../src/compute/products/types.ts';
import { compiledKernels } from '../src/compute/wasm/compiled.ts';
import { median, printTable } from './measure.ts';
import { openStep } from './step-inputs.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '2048' },
    d: { type: 'string', default: '768' },
    latents: { type: 'string', default: '24576' },
    l0: { type: 'string', default: '100' },
    kind: { type: 'string', default: 'relu' },
    aux: { type: 'string', default: '0' },
    steps: { type: 'string', default: '5' },
    blas: { type: 'string' },
    screen: { type: 'string' },
  },
});

/** Milliseconds of CPU that each phase of the step at hand took. */
let phases = new Map<string, number>();
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const note = (phase: string, ms: number): void => {
  phases.set(phase, (phases.get(phase) ?? 0) + ms);
};

const kernels = kernelsOn(await poolHere());
const step = await openStep(kernels, {
  rows: Number(flags.rows),
  d: Number(flags.d),
  latents: Number(flags.latents),
  l0: Number(flags.l0),
  ghosts: 0,
  kind: flags.kind as 'relu' | 'topk' | 'batchtopk',
  aux: Number(flags.aux),
});
/** Steps before those that count: the second is the first to know how dense codes are. */
const WARM = 2;
const steps: Map<string, number>[] = [];
for (let i = 0; i < Number(flags.steps) + WARM; i++) {
  phases = new Map();
  const start = cpu();
  await step.run();
  note('whole step', cpu() - start);
  if (i >= WARM) steps.push(phases);
}
step.close();
report();

function report(): void {
  const of = (phase: string): number => median(steps.map((each) => each.get(phase) ?? 0));
  const total = of('whole step');
  const product = of('product');
  const names = [...steps[0]!.keys()].filter((name) => name !== 'whole step');
  const rest = names.reduce((left, name) => left - of(name), total);
  console.log(
    `${kernels.name}; ${Object.entries(flags)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ')}`,
  );
  const row = (name: string, ms: number): string[] => [
    name,
    ms.toFixed(1),
    `${((100 * ms) / total).toFixed(1)} %`,
  ];
  printTable(
    ['phase', 'CPU ms', 'share'],
    [
      ...names.map((name) => row(name, of(name))),
      row('between phases', rest),
      row('whole step', total),
      row('beside the product', total - product),
    ],
  );
}

/** A pool of this thread alone, which notes what takes how long. */
async function poolHere(): Promise<ThreadPool> {
  const products = await openProducts(flags.blas, createGate());
  const byteProduct = await openByteProduct(flags.blas, flags.screen);
  const compiled = compiledKernels();
  const engines: Engine[] = [];
  let inProduct = 0;
  const timedProducts: Products = {
    name: products.name,
    bind(...where) {
      const gemm = products.bind(...where);
      return async (...operands) => {
        const start = cpu();
        await gemm(...operands);
        inProduct += cpu() - start;
      };
    },
  };
  const timedBytes: typeof byteProduct =
    byteProduct &&
    ((buffer) => {
      const gemm = byteProduct(buffer);
      return (...operands) => {
        const start = cpu();
        gemm(...operands);
        inProduct += cpu() - start;
      };
    });
  return {
    threads: 1,
    screens: byteProduct !== undefined,
    products: products.name,
    kernels: compiled,
    async attach(memory, layout) {
      const machine = { kernels: compiled, products: timedProducts, byteProduct: timedBytes };
      engines.push(createEngine(memory, layout, 0, machine));
      return engines.length - 1;
    },
    detach: async () => undefined,
    async run(coder, work) {
      const start = cpu();
      inProduct = 0;
      for (let block = 0; block < work.blocks; block++)
        await runBlock(engines[coder]!, work, block);
      const name = work.task === 'encode' ? 'encode, beside it' : work.task;
      if (inProduct > 0) note('product', inProduct);
      note(name, cpu() - start - inProduct);
    },
    close: async () => undefined,
  };
}
