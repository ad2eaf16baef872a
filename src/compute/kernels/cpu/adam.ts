// Adam on CPU threads: rows of latents by all of them, the biases of inputs and outputs at the end.

import type { AdamOptions } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import { UPDATE_LATENTS } from './memory-layout.ts';
import type { GradientSources, Pass } from './tasks/pass.ts';

/** The step whose gradients are waiting, and where they lie. */
export interface WaitingGradients {
  readonly pass: Pass;
  readonly sources: GradientSources;
}

/** Step all parameters by Adam (Kingma and Ba 2015, arXiv 1412.6980) on the waiting gradients. */
export async function updateByAdam(
  { layout, engine, tensors, run }: CoderMemory,
  { pass, sources }: WaitingGradients,
  options: AdamOptions,
): Promise<void> {
  const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { removeParallel, unitNorm, trainThreshold } = options;
  const { at, bytesIn, bytesOut } = layout;
  const rate = learningRate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  // 1 − β is taken here, where β is not yet rounded to float32.
  const adam = { rate, gain1: 1 - beta1, beta2, gain2: 1 - beta2, root, epsilon };
  const blocks = Math.ceil(layout.latents / UPDATE_LATENTS);
  await run({
    task: 'update',
    blocks,
    sources,
    step: { ...adam, removeParallel, unitNorm, trainThreshold, pass },
  });
  const own = layout.inputBias === 'own';
  if (layout.inputBias !== 'none') {
    const gradient = own ? at.gBIn : at.gBDec;
    tensors.addShares(gradient, at.latentShares, blocks, bytesIn, -1);
  }
  const stepBias = (
    w: 'bDec' | 'bIn',
    { gradient: g, bytes }: { gradient: number; bytes: number },
  ): void => {
    engine.wasm.adam({ ...adam, w: at[w], g, m: at[`${w}.m`], v: at[`${w}.v`], bytes });
    engine.floats.fill(0, g / 4, (g + bytes) / 4);
  };
  stepBias('bDec', { gradient: at.gBDec, bytes: bytesOut });
  if (own) stepBias('bIn', { gradient: at.gBIn, bytes: bytesIn });
}
