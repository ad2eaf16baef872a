// A training step on made-up rows whose codes are as sparse as they are asked to be.
import { Random } from '../src/base/random.ts';
import type { BatchSums, Kernels, StepOptions } from '../src/compute/kernels/types.ts';
import type { SparseRows } from '../src/compute/sparse-rows.ts';

/** Sizes of a step; `l0` active latents a row. */
export interface StepCase {
  readonly rows: number;
  readonly d: number;
  readonly latents: number;
  readonly l0: number;
  /** Share of the latents that are dead; above 0 the coder is a transcoder with ghost gradients. */
  readonly ghosts: number;
  /** What is kept of pre-activations; those of topk and batchtopk have `l0` for their k. */
  readonly kind: 'relu' | 'topk' | 'batchtopk';
  /** Share of the latents that are dead and explain what is left, half the width of them on a row. */
  readonly aux: number;
}

/** Bias of dead latents: standard normal pre-activations never reach it. */
const NEVER = -7;

/** Make a coder and its rows; `run` does a step: forward, backward, Adam, unit norm; `encode` finds the codes of the rows. */
export async function openStep(
  kernels: Kernels,
  { rows, d, latents, l0, ghosts, kind, aux }: StepCase,
): Promise<{ run(): Promise<BatchSums>; encode(): Promise<SparseRows>; close(): void }> {
  const random = new Random(1);
  const normals = (n: number): Float32Array => {
    const values = new Float32Array(n);
    for (let i = 0; i < n; i++) values[i] = random.normal();
    return values;
  };
  const coder = await kernels.createCoder({
    dIn: d,
    dOut: d,
    dSae: latents,
    maxRows: rows,
    train: true,
    maxAux: aux > 0 ? d >> 1 : 0,
    inputBias: ghosts > 0 ? 'own' : 'decoder',
  });
  await coder.write('wDec', normals(latents * d));
  await coder.normalizeDecoder();
  await coder.write('wEnc', await coder.read('wDec'));
  // Inputs are standard normal and encoder rows have length 1, so pre-activations are standard normal too.
  const dead = Uint32Array.from({ length: Math.round((ghosts + aux) * latents) }, (_, s) => s);
  const bias = kind === 'relu' ? -upperQuantile(l0 / (latents - dead.length)) : 0;
  await coder.write(
    'bEnc',
    Float32Array.from({ length: latents }, (_, s) => (s < dead.length ? NEVER : bias)),
  );
  const x = normals(rows * d);
  const target = ghosts > 0 ? normals(rows * d) : undefined;
  const options: StepOptions = {
    select: kind === 'relu' ? { kind: 'threshold', width: 0 } : { kind, k: l0 },
    prefixes: [latents],
    l1: 4e-4,
    l0: 0,
    ...(aux > 0
      ? { aux: { latents: dead, k: d >> 1, relu: false, weight: 1, overVariance: false } }
      : {}),
    ...(ghosts > 0 ? { ghosts: dead, errorByNorm: true } : {}),
  };
  let step = 0;
  return {
    async run() {
      step += 1;
      const sums = await coder.step(x, target, options);
      // The learning rate stays 0, as in the first step of a warm-up, so that the codes stay as dense as they were.
      await coder.update({
        learningRate: 0,
        step,
        removeParallel: true,
        unitNorm: true,
        trainThreshold: false,
      });
      return sums;
    },
    encode: () => coder.encode(x, options.select),
    close: () => coder.close(),
  };
}

/** `z` with `P(N(0, 1) > z) = p`, by bisection on the integral of the density. */
function upperQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    let tail = 0;
    for (let z = middle; z < 9; z += 0.001) tail += Math.exp((-z * z) / 2) * 0.001;
    if (tail / Math.sqrt(2 * Math.PI) > p) low = middle;
    else high = middle;
  }
  return low;
}
