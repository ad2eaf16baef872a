// The scale that a coder was trained on: `(x − mean) / scale` of the model's own activations.
import { computeScaling } from '../activations/reading/scaling.ts';
import type { CoderConfig, InputNormalization, SparseCoder } from './coder.ts';

/** What of a coder says how its inputs are scaled. */
export type Normalized = Pick<CoderConfig, 'dIn' | 'dOut' | 'normalization'>;

/**
 * Bring activations of the model, `[rows, dIn]`, to the scale that the coder was trained on: `(x − mean) / scale`,
 * float32. A copy, also where the coder has no normalisation.
 */
export function normalizeInputs(
  acts: Float32Array,
  { dIn, normalization }: Normalized,
): Float32Array {
  const { mean, scale = 1 } = normalization ?? {};
  checkWidth('normalizeInputs', acts, dIn);
  return acts.map((x, i) => Math.fround(x - (mean === undefined ? 0 : mean[i % dIn]!)) / scale);
}

/**
 * Bring reconstructions, `[rows, dOut]`, back to the model's own scale: `x̂ · scale + mean`, float32. Only for coders
 * that reconstruct their input.
 */
export function denormalizeOutputs(outputs: Float32Array, config: Normalized): Float32Array {
  const { mean, scale = 1 } = config.normalization ?? {};
  checkWidth('denormalizeOutputs', outputs, config.dOut);
  return outputs.map((y, i) => y * scale + (mean === undefined ? 0 : mean[i % config.dOut]!));
}

/**
 * Estimate how inputs were normalised in training from activations of the model `[rows, dIn]`: their mean, and the scale
 * that gives centred rows an average norm of √dIn, as saev takes them from its training data. The more rows, of the more
 * examples, the nearer.
 * @throws {UserError} for rows that are all the same, and for values above 1,000, as saev
 */
export async function estimateNormalization(
  acts: Float32Array,
  dIn: number,
): Promise<InputNormalization> {
  checkWidth('estimateNormalization', acts, dIn);
  async function* rows(): AsyncGenerator<Float32Array> {
    yield acts;
  }
  const wanted = { clamp: Number.MAX_VALUE, mean: true, norm: true };
  const { mean, scalar } = await computeScaling(rows, dIn, wanted);
  return { ...(mean && { mean }), scale: scalar };
}

/** Give a coder the normalisation of its inputs, where its file does not say it and somebody knows it. */
export function withNormalization(
  { config, weights }: SparseCoder,
  normalization: InputNormalization,
): SparseCoder {
  const { isScaleUnsaid: _, ...rest } = config;
  return { config: { ...rest, normalization }, weights };
}

function checkWidth(name: string, values: Float32Array, width: number): void {
  if (values.length % width === 0) return;
  throw new RangeError(`${name}: expected [rows, ${width}], got ${values.length} numbers`);
}
