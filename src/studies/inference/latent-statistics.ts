// What the codes of a set say of every latent: how often it fires, how strongly, and where most.
import type { SparseRows } from '../../compute/sparse-rows.ts';

/** Numbers of each latent, over the rows that count. A latent fires on a row when its code is above 0. */
export interface LatentStatistics {
  /** Rows that count. */
  readonly nRows: number;
  /** `[dSae]`, rows on which the latent fires. */
  readonly count: Float64Array;
  /** `[dSae]`, examples in which it fires. */
  readonly nExamples: Float64Array;
  /** `[dSae]`, sum of its codes. */
  readonly sum: Float64Array;
  /** `[dSae]`, largest code, and its row; 0 and −1 when it never fires. */
  readonly max: Float32Array;
  readonly maxRow: Float64Array;
}

/**
 * Gather statistics of codes `[rows, dSae]` that come piece by piece; `nRows` of the rows count, the others are empty.
 * Row r is of example ⌊r / rowsPerExample⌋.
 */
export async function latentStatistics(
  pieces: AsyncIterable<SparseRows>,
  {
    dSae,
    nRows,
    rowsPerExample,
  }: { readonly dSae: number; readonly nRows: number; readonly rowsPerExample: number },
): Promise<LatentStatistics> {
  const count = new Float64Array(dSae);
  const nExamples = new Float64Array(dSae);
  const sum = new Float64Array(dSae);
  const max = new Float32Array(dSae);
  const maxRow = new Float64Array(dSae).fill(-1);
  const lastExample = new Float64Array(dSae).fill(-1);
  let row = 0;
  for await (const { rowStart, index, value } of pieces) {
    for (let r = 0; r + 1 < rowStart.length; r++, row++) {
      const example = Math.floor(row / rowsPerExample);
      for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++) {
        const [latent, code] = [index[p]!, value[p]!];
        sum[latent]! += code;
        if (!(code > 0)) continue;
        count[latent]!++;
        if (lastExample[latent] !== example) nExamples[latent]!++;
        lastExample[latent] = example;
        if (code <= max[latent]!) continue;
        max[latent] = code;
        maxRow[latent] = row;
      }
    }
  }
  return { nRows, count, nExamples, sum, max, maxRow };
}

/** Share of the rows on which each latent fires, float32 `[dSae]`: saev's `sparsity`. */
export function sparsityOf({ count, nRows }: LatentStatistics): Float32Array {
  return Float32Array.from(count, (n) => n / nRows);
}

/** Mean of each latent where it fires, float32 `[dSae]`; NaN where it never does: saev's `mean_values`. */
export function meanValuesOf({ sum, count }: LatentStatistics): Float32Array {
  return Float32Array.from(sum, (total, s) => total / count[s]!);
}
