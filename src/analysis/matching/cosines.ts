// Cosines of the rows of two matrices.
import { openArrayGemm } from '../../compute/products/open.ts';

/** Scale rows `[n, width]` to length 1, in a copy; rows of nothing stay nothing. */
function unitRows(rows: Float32Array, width: number): Float32Array {
  const out = rows.slice();
  for (let at = 0; at < out.length; at += width) {
    let squares = 0;
    for (let j = at; j < at + width; j++) squares += out[j]! * out[j]!;
    const scale = 1 / Math.max(1e-8, Math.sqrt(squares));
    for (let j = at; j < at + width; j++) out[j]! *= scale;
  }
  return out;
}

/** Rows of `a` whose cosines are computed together. */
const PANEL = 1024;

/** Some rows of a matrix of cosines: `[rows, m]`, from row `first` on. */
export interface CosinePanel {
  readonly first: number;
  readonly panel: Float32Array;
}

/** Yield the cosines of rows of `a [n, width]` with all rows of `b [m, width]`, without sign: panels `[rows, m]`. */
export async function* absoluteCosines(
  a: Float32Array,
  b: Float32Array,
  width: number,
): AsyncGenerator<CosinePanel, void> {
  for await (const { first, panel } of cosinePanels(a, b, width)) {
    for (let i = 0; i < panel.length; i++) panel[i] = Math.abs(panel[i]!);
    yield { first, panel };
  }
}

/** Yield the cosines of rows of `a [n, width]` with all rows of `b [m, width]`: panels `[rows, m]`. */
export async function* cosinePanels(
  a: Float32Array,
  b: Float32Array,
  width: number,
): AsyncGenerator<CosinePanel, void> {
  const [left, right] = [unitRows(a, width), unitRows(b, width)];
  const [n, m] = [a.length / width, b.length / width];
  const multiply = await openArrayGemm();
  for (let first = 0; first < n; first += PANEL) {
    const rows = Math.min(PANEL, n - first);
    const panel = new Float32Array(rows * m);
    await multiply(
      [rows, m, width],
      { data: left.subarray(first * width, (first + rows) * width), stride: width },
      { data: right, stride: width, transposed: true },
      { data: panel, stride: m },
    );
    yield { first, panel };
  }
}
