// One SAE training step (forward, backward, Adam, unit norm): ours against PyTorch's dense step, or our own dense one.
// usage: tsx bench/train-step.ts [--l0 400,100,32] [--rows 2048] [--d 768] [--latents 24576] [--steps 5] [--python PYTHON]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Random } from '../src/base/random.ts';
import { type CpuOptions, cpuKernels } from '../src/compute/kernels/cpu.ts';
import type { StepOptions } from '../src/compute/kernels/types.ts';

const { values: flags } = parseArgs({
  options: {
    l0: { type: 'string', default: '400,100,32,dense' },
    rows: { type: 'string', default: '2048' },
    d: { type: 'string', default: '768' },
    latents: { type: 'string', default: '24576' },
    steps: { type: 'string', default: '5' },
    python: { type: 'string' },
    'no-dense': { type: 'boolean', default: false },
    blas: { type: 'string' },
  },
});
const [rows, d, latents, steps] = [flags.rows, flags.d, flags.latents, flags.steps].map(Number) as [
  number, number, number, number,
];

/** z with P(N(0, 1) > z) = p, by bisection on the error function's integral. */
function quantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    let tail = 0;
    for (let x = mid; x < 9; x += 0.001) tail += Math.exp(-x * x / 2) * 0.001;
    if (tail / Math.sqrt(2 * Math.PI) > p) low = mid;
    else high = mid;
  }
  return low;
}

/** Median milliseconds of a step whose codes have about `l0` active latents a row. */
async function ours(l0: number, options: CpuOptions): Promise<{ ms: number; l0: number; parts: string }> {
  const kernels = await cpuKernels(options);
  const coder = await kernels.createCoder({
    dIn: d, dOut: d, dSae: latents, maxRows: rows, train: true, subtractDecoderBias: true,
  });
  const random = new Random(1);
  const w = Float32Array.from({ length: latents * d }, () => random.normal() / Math.sqrt(d));
  coder.write('wEnc', w);
  coder.write('wDec', w);
  coder.normalizeDecoder();
  coder.write('wEnc', coder.read('wDec'));
  coder.write('bEnc', new Float32Array(latents).fill(-quantile(l0 / latents)));
  const x = Float32Array.from({ length: rows * d }, () => random.normal());
  const times: number[] = [];
  const halves: [number, number][] = [];
  const cpu: number[] = [];
  let seen = 0;
  const step: StepOptions = { select: { kind: 'threshold', width: 0 }, prefixes: [latents], l1: 4e-4, l0: 0 };
  for (let i = 1; i <= steps + 1; i++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const sums = await coder.step(x, undefined, step);
    const middle = performance.now();
    await coder.update({ learningRate: 0, step: i, removeParallel: true, unitNorm: true, trainThreshold: false });
    const end = performance.now();
    seen = sums.l0 / rows;
    if (i > 1) {
      times.push(end - start);
      halves.push([middle - start, end - middle]);
      const used = process.cpuUsage(before);
      cpu.push((used.user + used.system) / 1000);
    }
  }
  coder.close();
  await kernels.close();
  const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;
  const parts = `step ${median(halves.map((h) => h[0])).toFixed(0)} + update ${median(halves.map((h) => h[1])).toFixed(0)}, cpu ${median(cpu).toFixed(0)}`;
  return { ms: median(times), l0: seen, parts };
}

for (const name of flags.l0.split(',')) {
  const l0 = name === 'dense' ? latents / 2 : Number(name);
  const result = await ours(l0, { blas: flags.blas });
  console.log(`L0 ${result.l0.toFixed(0)}: ${result.ms.toFixed(0)} ms (${result.parts}), peak memory ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`);
  if (!flags['no-dense'] && name !== 'dense') {
    const dense = await ours(l0, { products: 'dense', blas: flags.blas });
    console.log(`  our dense step ${dense.ms.toFixed(0)} ms: ${(dense.ms / result.ms).toFixed(2)} times slower`);
  }
}
if (flags.python !== undefined) {
  spawnSync(flags.python, ['bench/train_step.py', '--rows', flags.rows, '--d', flags.d, '--latents', flags.latents], { stdio: 'inherit' });
}
