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

/**
 * The coder's weights for a format that subtracts b_dec from the input (or does not), computing the same codes.
 * @throws {UserError} when they become too large for float32
 */
export function weightsForDecoderBias(
  { config, weights }: SparseCoder,
  subtract: boolean,
): CoderWeights {
  if (config.subtractDecoderBias === subtract) return weights;
  const sign = subtract ? 1 : -1;
  const { wEnc, bDec, gated } = weights;
  const shifted = (bias: Float32Array): Float32Array => shiftEncoderBias(bias, wEnc, bDec, sign);
  if (gated === undefined) {
    return assertFiniteWeights({ ...weights, bEnc: shifted(weights.bEnc) }, 'the coder');
  }
  // The magnitude path scales x W_enc by exp(rMag), and so its share of the shift.
  const scale = gated.rMag.map(Math.exp);
  const change = shiftEncoderBias(new Float32Array(wEnc.length / bDec.length), wEnc, bDec, sign);
  const folded = {
    ...weights,
    bEnc: weights.bEnc.map((value, i) => value + scale[i]! * change[i]!),
    gated: { rMag: gated.rMag, bGate: shifted(gated.bGate) },
  };
  return assertFiniteWeights(folded, 'the coder');
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
  const norms = new Float64Array(dSae);
  for (let latent = 0; latent < dSae; latent++) {
    let sum = 0;
    for (let i = 0; i < dOut; i++) sum += wDec[latent * dOut + i]! ** 2;
    norms[latent] = Math.sqrt(sum) || 1;
  }
  const scaled = (values: Float32Array): Float32Array =>
    values.map((value, i) => value * norms[i]!);
  const unitDecoder = wDec.map((value, i) => value / norms[Math.floor(i / dOut)]!);
  if (gated !== undefined) {
    const rMag = gated.rMag.map((value, i) => value + Math.log(norms[i]!));
    const folded = { ...weights, bEnc: scaled(bEnc), wDec: unitDecoder, gated: { ...gated, rMag } };
    return assertFiniteWeights(folded, 'the coder');
  }
  const folded = {
    ...weights,
    wEnc: wEnc.map((value, i) => value * norms[Math.floor(i / dIn)]!),
    bEnc: scaled(bEnc),
    wDec: unitDecoder,
    ...(threshold?.length === dSae ? { threshold: scaled(threshold) } : {}),
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
