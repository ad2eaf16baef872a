// The scale that a coder was trained on: `(x − mean) / scale` of the model's own activations.
import type { CoderConfig } from './coder.ts';

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

function checkWidth(name: string, values: Float32Array, width: number): void {
  if (values.length % width === 0) return;
  throw new RangeError(`${name}: expected [rows, ${width}], got ${values.length} numbers`);
}
