// From codes back to activations.
import type { SparseRows } from '../compute/sparse-rows.ts';
import type { SparseCoder } from './coder.ts';

/**
 * Reconstruct from codes `[rows, dSae]`: `x̂ = Σ f_i W_dec[i] + b_dec`, float32 `[rows, dOut]` on the scale that the
 * coder was trained on. A transcoder with a skip connection adds `W_skip x` and needs the inputs, `[rows, dIn]`.
 * @throws {RangeError} when it does not get them, and for codes of another coder
 */
export function decode(codes: SparseRows, coder: SparseCoder, inputs?: Float32Array): Float32Array {
  const { dIn, dOut, dSae } = coder.config;
  const { wDec, bDec, wSkip } = coder.weights;
  if (codes.columns !== dSae) {
    throw new RangeError(`decode: expected codes [rows, ${dSae}], got [rows, ${codes.columns}]`);
  }
  const rows = codes.rowStart.length - 1;
  const outputs = new Float32Array(rows * dOut);
  const sum = new Float64Array(dOut);
  for (let r = 0; r < rows; r++) {
    sum.set(bDec);
    for (let p = codes.rowStart[r]!; p < codes.rowStart[r + 1]!; p++) {
      const row = codes.index[p]! * dOut;
      const value = codes.value[p]!;
      for (let j = 0; j < dOut; j++) sum[j]! += value * wDec[row + j]!;
    }
    if (wSkip !== undefined) addSkip(sum, wSkip, rowOf(inputs, r, { dIn, rows }));
    outputs.set(sum, r * dOut);
  }
  return outputs;
}

/** `sum += W_skip x`. */
function addSkip(sum: Float64Array, wSkip: Float32Array, x: Float32Array): void {
  for (let j = 0; j < sum.length; j++) {
    for (let i = 0; i < x.length; i++) sum[j]! += wSkip[j * x.length + i]! * x[i]!;
  }
}

function rowOf(
  inputs: Float32Array | undefined,
  r: number,
  { dIn, rows }: { dIn: number; rows: number },
): Float32Array {
  if (inputs?.length === rows * dIn) return inputs.subarray(r * dIn, (r + 1) * dIn);
  throw new RangeError(
    `decode: expected inputs [${rows}, ${dIn}] for the skip connection, got ${inputs?.length} numbers`,
  );
}
