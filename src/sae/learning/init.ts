// The weights that training starts from.
import { Random } from '../../base/random.ts';
import type { CoderWeights } from '../coder.ts';
import { shiftEncoderBias } from '../fold.ts';
import { geometricMedian, meanRow } from './geometric-median.ts';

/** Sizes of a new coder, and what is known of its start. */
export interface InitOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly seed: number;
  /** Where b_dec starts, `[dOut]`; zero when undefined. */
  readonly bDec?: Float32Array;
  /** Where an input bias of its own starts, `[dIn]`; none when undefined. */
  readonly bIn?: Float32Array;
  /** Threshold of every latent. */
  readonly threshold?: number;
}

/** Weights that training starts from: those of a coder, and what is subtracted from inputs where that is its own. */
export interface InitialWeights extends CoderWeights {
  /** `[dIn]` */
  readonly bIn?: Float32Array;
}

/** How a bias starts from the activations that it belongs to. */
export type BiasInit = 'geometricMedian' | 'mean' | 'zeros';

/**
 * Draw the weights of a new coder as PyTorch's `kaiming_uniform_` does: uniform in `±√(6 / fan)`, where the fan is
 * dSae for W_enc `[dIn, dSae]` and dOut for W_dec `[dSae, dOut]` (He et al. 2015). Biases are zero.
 */
export function initWeights(options: InitOptions): InitialWeights {
  const { dIn, dOut, dSae, seed, bDec, bIn, threshold } = options;
  return {
    wEnc: uniform(dSae * dIn, Math.sqrt(6 / dSae), new Random(seed, 'W_enc')),
    bEnc: new Float32Array(dSae),
    wDec: uniform(dSae * dOut, Math.sqrt(6 / dOut), new Random(seed, 'W_dec')),
    bDec: bDec === undefined ? new Float32Array(dOut) : Float32Array.from(bDec),
    ...(bIn === undefined ? {} : { bIn: Float32Array.from(bIn) }),
    ...(threshold === undefined ? {} : { threshold: new Float32Array(dSae).fill(threshold) }),
  };
}

/**
 * Where a bias starts: the geometric median or the mean of `rows [n, d]`, or zeros; float32 `[d]`. A transcoder's b_in
 * starts from its inputs and b_dec from its targets. Throws a UserError when there are no rows to take it from.
 */
export async function initBias(
  rows: Float32Array,
  d: number,
  { method, signal }: { readonly method: BiasInit; readonly signal?: AbortSignal },
): Promise<Float32Array> {
  switch (method) {
    case 'zeros':
      return new Float32Array(d);
    case 'mean':
      return Float32Array.from(meanRow(rows, d));
    case 'geometricMedian':
      return geometricMedian(rows, d, { signal });
  }
}

function uniform(length: number, bound: number, random: Random): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = random.uniform(-bound, bound);
  return values;
}

/** Weights without an input bias that give the same codes: `b_enc − b_in W_enc`. */
export function foldInputBias({ bIn, ...weights }: InitialWeights): CoderWeights {
  if (bIn === undefined) return weights;
  return { ...weights, bEnc: shiftEncoderBias(weights.bEnc, weights.wEnc, bIn, -1) };
}
