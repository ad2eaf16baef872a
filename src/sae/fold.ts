// Rewriting a coder's weights so that another convention computes the same function.
import { type CoderWeights, isTranscoder, type SparseCoder } from './coder.ts';
import { assertFiniteWeights } from './finite.ts';

/**
 * Encoder bias that lets `x W_enc + b_enc'` equal `(x + sign · shift) W_enc + b_enc`:
 * `b_enc' = b_enc + sign · shift W_enc`, summed in float64.
 */
export function shiftEncoderBias(
  bias: Float32Array,
  wEnc: Float32Array,
  shift: Float32Array,
  sign: 1 | -1,
): Float32Array {
  const dIn = shift.length;
  return bias.map((value, latent) => {
    let product = 0;
    for (let i = 0; i < dIn; i++) product += wEnc[latent * dIn + i]! * shift[i]!;
    return value + sign * product;
  });
}

/** Weights that give for `x` the codes that these give for `x + sign · shift`, summed in float64. */
export function shiftInputs(
  weights: CoderWeights,
  shift: Float32Array,
  sign: 1 | -1,
): CoderWeights {
  const { wEnc, bEnc, gated } = weights;
  if (gated === undefined) return { ...weights, bEnc: shiftEncoderBias(bEnc, wEnc, shift, sign) };
  // Codes have exp(rMag) times x W_enc, and so that much of the shift.
  const change = shiftEncoderBias(new Float32Array(bEnc.length), wEnc, shift, sign);
  return {
    ...weights,
    bEnc: bEnc.map((value, i) => value + Math.exp(gated.rMag[i]!) * change[i]!),
    gated: { rMag: gated.rMag, bGate: shiftEncoderBias(gated.bGate, wEnc, shift, sign) },
  };
}

/**
 * The coder's weights for a format that subtracts b_dec from the input (or does not), computing the same codes.
 * @throws {UserError} when they become too large for float32
 */
export function weightsForDecoderBias(
  { config, weights }: SparseCoder,
  subtract: boolean,
): CoderWeights {
  if (config.subtractDecoderBias === subtract) return weights;
  return assertFiniteWeights(shiftInputs(weights, weights.bDec, subtract ? 1 : -1), 'the coder');
}

/** `[dSae]`: the norms of decoder rows; 1 for rows of zeros. */
export function decoderNorms({ wDec, bEnc }: Pick<CoderWeights, 'wDec' | 'bEnc'>): Float64Array {
  const dOut = wDec.length / bEnc.length;
  return Float64Array.from(bEnc, (_, latent) => {
    let sum = 0;
    for (let i = 0; i < dOut; i++) sum += wDec[latent * dOut + i]! ** 2;
    return Math.sqrt(sum) || 1;
  });
}

/**
 * Give every decoder row norm 1 and its latent's codes the factor: for formats whose codes are `f · ‖W_dec[i]‖`.
 * Reconstructions stay the same. Rows of zeros stay as they are.
 * @throws {UserError} when they become too large for float32
 */
export function foldDecoderNorm(weights: CoderWeights): CoderWeights {
  const { wEnc, bEnc, wDec, threshold, gated } = weights;
  const dSae = bEnc.length;
  const dIn = wEnc.length / dSae;
  const dOut = wDec.length / dSae;
  const norms = decoderNorms(weights);
  const scaled = (values: Float32Array): Float32Array =>
    values.map((value, i) => value * norms[i]!);
  const unitDecoder = wDec.map((value, i) => value / norms[Math.floor(i / dOut)]!);
  const folded = {
    ...weights,
    wEnc: wEnc.map((value, i) => value * norms[Math.floor(i / dIn)]!),
    bEnc: scaled(bEnc),
    wDec: unitDecoder,
    ...(threshold?.length === dSae ? { threshold: scaled(threshold) } : {}),
    // Gates take part in the factor, so that what they reconstruct stays, too.
    ...(gated === undefined ? {} : { gated: { rMag: gated.rMag, bGate: scaled(gated.bGate) } }),
  };
  return assertFiniteWeights(folded, 'the coder');
}

/**
 * Work the normalisation of an autoencoder's inputs into its weights, so that it takes the model's own rows: with
 * `x' = (x − mean) / scale`, codes and reconstructions are the same. W_enc is divided and W_dec multiplied by the scale,
 * and b_dec, which is subtracted, becomes `b_dec · scale + mean`. Decoder rows of norm 1 get norm `scale`.
 * @throws {UserError} when weights become too large for float32
 * @throws {RangeError} for transcoders and skip connections
 */
export function foldNormalization(coder: SparseCoder): SparseCoder {
  const { config, weights } = coder;
  const { normalization, ...rest } = config;
  if (normalization === undefined) return coder;
  if (isTranscoder(config) || weights.wSkip !== undefined) {
    throw new RangeError('foldNormalization: expected an autoencoder without skip connection');
  }
  const { mean, scale = 1 } = normalization;
  const { wEnc, wDec, bDec, ...others } = weightsForDecoderBias(coder, true);
  const folded = {
    ...others,
    wEnc: wEnc.map((value) => value / scale),
    wDec: wDec.map((value) => value * scale),
    bDec: bDec.map((value, j) => value * scale + (mean?.[j] ?? 0)),
  };
  return {
    config: { ...rest, subtractDecoderBias: true },
    weights: assertFiniteWeights(folded, 'the coder'),
  };
}
