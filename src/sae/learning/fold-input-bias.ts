// An input bias of its own is a help in training only: a finished coder carries it in b_enc.

import type { CoderWeights } from '../coder.ts';
import { shiftEncoderBias } from '../fold.ts';
import type { InitialWeights } from './init.ts';

/** Weights without an input bias that give the same codes: `b_enc − b_in W_enc`. */
export function foldInputBias({ bIn, ...weights }: InitialWeights): CoderWeights {
  if (bIn === undefined) return weights;
  return { ...weights, bEnc: shiftEncoderBias(weights.bEnc, weights.wEnc, bIn, -1) };
}
