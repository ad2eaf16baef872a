// Directions of features: random ones, turned away from each other as far as there is room. After SAELens'
// feature_dictionary.py.
import { openArrayGemm } from '../../../compute/products/open.ts';

/** Scale each row of `rows [n, width]` to length 1, in place; returns it. */
export function toUnitRows(rows: Float32Array, width: number): Float32Array {
  for (let at = 0; at < rows.length; at += width) {
    let squares = 0;
    for (let j = at; j < at + width; j++) squares += rows[j]! ** 2;
    const scale = 1 / Math.max(1e-8, Math.sqrt(squares));
    for (let j = at; j < at + width; j++) rows[j]! *= scale;
  }
  return rows;
}

/**
 * Minimise `Σ_{i≠j} ⟨w_i, w_j⟩² + n Σ_i (‖w_i‖² − 1)²` over unit rows `w [n, width]` by `steps` of Adam, in place, and
 * scale them to length 1 again.
 *
 * All pairs of rows need no products of their own: with `S = Σ_j w_j w_jᵀ`, the gradient of a row is
 * `4 (S w_i − ‖w_i‖² w_i + n (‖w_i‖² − 1) w_i)`.
 */
export async function orthogonalize(
  rows: Float32Array,
  width: number,
  { steps, rate }: { readonly steps: number; readonly rate: number },
): Promise<void> {
  const n = rows.length / width;
  const multiply = await openArrayGemm();
  const outer = new Float32Array(width * width);
  const gradient = new Float32Array(rows.length);
  const mean = new Float32Array(rows.length);
  const square = new Float32Array(rows.length);
  const w = { data: rows, stride: width };
  for (let step = 1; step <= steps; step++) {
    const s = { data: outer, stride: width };
    await multiply([width, width, n], { ...w, transposed: true }, w, s);
    await multiply([n, width, width], w, s, { data: gradient, stride: width });
    const gain = rate / (1 - 0.9 ** step);
    const root = 1 / Math.sqrt(1 - 0.999 ** step);
    for (let at = 0; at < rows.length; at += width) {
      let length = 0;
      for (let j = at; j < at + width; j++) length += rows[j]! * rows[j]!;
      const pull = n * (length - 1) - length;
      for (let j = at; j < at + width; j++) {
        const g = 4 * (gradient[j]! + pull * rows[j]!);
        const m = 0.9 * mean[j]! + 0.1 * g;
        const v = 0.999 * square[j]! + 0.001 * g * g;
        mean[j] = m;
        square[j] = v;
        rows[j]! -= (gain * m) / (Math.sqrt(v) * root + 1e-8);
      }
    }
  }
  toUnitRows(rows, width);
}
