// Training that goes on from a finished coder: its weights in the form that the learner takes.
import type { InputBias } from '../../compute/kernels/types.ts';
import type { CoderWeights, SparseCoder } from '../coder.ts';
import { foldDecoderNorm, weightsForDecoderBias } from '../fold.ts';
import type { InitialWeights } from './init.ts';

/** How the coder is to be trained further, as far as it decides the form of its weights. */
export interface FromCoderOptions {
  readonly inputBias: InputBias;
  /** Keep decoder rows at norm 1: codes then take over the norms that rows have. */
  readonly normalizeWDec: boolean;
  /** Start thresholds, of each latent or of all, where those of the coder stand. */
  readonly keepsThresholds: boolean;
  /** Latents are to have gates: where those of the coder have none, what its thresholds let through opens them. */
  readonly gated: boolean;
}

/** Lowest threshold to start from: thresholds move by a share of themselves, and from 0 they never would. */
const LOWEST_THRESHOLD = 1e-6;

/**
 * Weights that training starts from so that its first codes and reconstructions are those of `coder`: biases as the
 * learner subtracts them, norms of decoder rows moved into the encoder where they are to be 1.
 * @throws {UserError} when weights become too large for float32
 */
export function startFromCoder(
  coder: SparseCoder,
  { inputBias, normalizeWDec, keepsThresholds, gated }: FromCoderOptions,
): InitialWeights {
  const biased = weightsForDecoderBias(coder, inputBias === 'decoder');
  const weights = normalizeWDec ? foldDecoderNorm(biased) : biased;
  const { wEnc, bEnc, wDec, bDec, threshold } = weights;
  const { dIn } = coder.config;
  return {
    wEnc,
    bEnc,
    wDec,
    bDec,
    ...(weights.wSkip === undefined ? {} : { wSkip: weights.wSkip }),
    ...(gated ? { gated: weights.gated ?? gatesOf(weights) } : {}),
    ...(inputBias === 'own' ? { bIn: new Float32Array(dIn) } : {}),
    ...(keepsThresholds && threshold !== undefined
      ? { threshold: threshold.map((value) => Math.max(value, LOWEST_THRESHOLD)) }
      : {}),
  };
}

/** Gates that let through what thresholds do, with the codes that are there then. */
function gatesOf({ bEnc, threshold }: CoderWeights): NonNullable<CoderWeights['gated']> {
  const above = (s: number): number => Math.max(0, threshold?.[s] ?? threshold?.[0] ?? 0);
  return { rMag: new Float32Array(bEnc.length), bGate: bEnc.map((b, s) => b - above(s)) };
}
