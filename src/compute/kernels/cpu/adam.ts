// Adam on CPU threads: rows of latents by all of them, the biases of inputs and outputs at the end.

import type { AdamOptions } from '../types.ts';
import type { CoderMemory } from './coder-memory.ts';
import { UPDATE_LATENTS } from './memory/block-sizes.ts';
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
  const { unitNorm, freeNorms = false, trainThreshold, clip, weightDecay = 0 } = options;
  const removeParallel = options.removeParallel || freeNorms;
  const inLogarithm = options.thresholdScale !== 'value';
  const { thresholdRate = 1 } = options;
  const { at, bytesIn, bytesOut } = layout;
  const rate = learningRate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  // 1 − β is taken here, where β is not yet rounded to float32.
  const moments = { rate, gain1: 1 - beta1, beta2, gain2: 1 - beta2, root, epsilon };
  const blocks = Math.ceil(layout.latents / UPDATE_LATENTS);
  const own = layout.inputBias === 'own';
  const skipBytes = layout.shape.dOut * bytesIn;
  const addToInputBias = (): void => {
    const gradient = own ? at.gBIn : at.gBDec;
    if (layout.inputBias !== 'none')
      tensors.addShares(gradient, at.latentShares, blocks, bytesIn, -1);
  };
  const squares = (address: number, bytes: number): number =>
    engine.floats.subarray(address / 4, (address + bytes) / 4).reduce((sum, g) => sum + g * g, 0);
  let factor = 1;
  if (clip !== undefined) {
    const thresholds = { trainThreshold, inLogarithm };
    await run({
      task: 'measure',
      blocks,
      sources,
      pass,
      removeParallel,
      freeNorms,
      ...thresholds,
    });
    addToInputBias();
    let total = squares(at.gBDec, bytesOut) + (own ? squares(at.gBIn, bytesIn) : 0);
    if (layout.skip) total += squares(at.gWSkip, skipBytes);
    for (let block = 0; block < blocks; block++) total += engine.doubles[at.sums / 8 + block]!;
    factor = Math.min(1, clip / (Math.sqrt(total) + 1e-6));
  }
  const adam = { ...moments, factor, kept: 1 - learningRate * weightDecay };
  const measured = { columns: false, aux: false, inOtherBlocks: true, measured: true };
  await run({
    task: 'update',
    blocks,
    sources: clip === undefined ? sources : { ...sources, ...measured },
    step: {
      ...adam,
      removeParallel: removeParallel && clip === undefined,
      unitNorm,
      freeNorms,
      trainThreshold,
      inLogarithm,
      thresholdRate,
      pass,
    },
  });
  if (clip === undefined) addToInputBias();
  const stepWhole = (
    w: 'bDec' | 'bIn' | 'wSkip',
    { gradient: g, bytes }: { gradient: number; bytes: number },
  ): void => {
    engine.wasm.adam({ ...adam, w: at[w], g, m: at[`${w}.m`], v: at[`${w}.v`], bytes });
    engine.floats.fill(0, g / 4, (g + bytes) / 4);
  };
  stepWhole('bDec', { gradient: at.gBDec, bytes: bytesOut });
  if (layout.skip) stepWhole('wSkip', { gradient: at.gWSkip, bytes: skipBytes });
  if (own) stepWhole('bIn', { gradient: at.gBIn, bytes: bytesIn });
}
