// All values, zeros too, of the first few latents: what the figure of activation distributions is drawn from.

/** Values of a few latents over a sample of rows. */
export interface Distributions {
  /** float32 `[nLatents, nRows]`: `values[latent · nRows + r]` belongs to row `r · stride` of the source. */
  readonly values: Float32Array;
  readonly nLatents: number;
  readonly nRows: number;
  /** Every `stride`-th row was sampled; 1 means all. */
  readonly stride: number;
}

/** Values kept at most: 64 MiB of float32. */
const LIMIT = 2 ** 24;

/** What the rows to sample depend on. */
interface Rows {
  readonly length: number;
  readonly rowsPerExample: number;
  /** Values kept, about. */
  readonly limit?: number;
}

/** Every how many-th row is sampled: a number that visits every position within an example. */
export function samplingStride(
  nLatents: number,
  { length, rowsPerExample, limit = LIMIT }: Rows,
): number {
  let stride = Math.max(1, Math.ceil((nLatents * length) / limit));
  while (stride > 1 && greatestCommonDivisor(stride, rowsPerExample) > 1) stride++;
  return stride;
}

/**
 * Make room for the values of `nLatents` latents over `length` rows: all rows where that is little, else every n-th.
 */
export function createDistributions(nLatents: number, rows: Rows): Distributions {
  const stride = samplingStride(nLatents, rows);
  const nRows = Math.ceil(rows.length / stride);
  return { values: new Float32Array(nLatents * nRows), nLatents, nRows, stride };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
