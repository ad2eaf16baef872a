// From codes of tokens to codes of whole examples: the largest, the mean or the sum of each latent's values.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { CodedTokens } from './counts.ts';

/** How an example's code is made of those of its tokens. */
export type Pool = 'max' | 'mean' | 'sum';

/** Joins the rows of each example, which follow one another, into one row of token −1. */
export interface Pooler {
  /** Take rows; gives those examples that are complete. */
  push(rows: CodedTokens): CodedTokens;
  /** Give the last example. */
  end(): CodedTokens;
}

/**
 * Begin to pool. Where examples have several rows, that of CLS is left aside.
 * @throws {RangeError} when rows of an example come again after those of another
 */
export function createPooler(
  pool: Pool,
  { columns, rowsPerExample }: { columns: number; rowsPerExample: number },
): Pooler {
  const values = new Float64Array(columns);
  const touched: number[] = [];
  const seen = new Set<number>();
  let [example, nRows] = [-1, 0];
  let out = emptyRows(columns);

  const finish = (): void => {
    if (example < 0) return;
    touched.sort((a, b) => a - b);
    for (const latent of touched) {
      out.index.push(latent);
      out.value.push(pool === 'mean' ? values[latent]! / nRows : values[latent]!);
      values[latent] = 0;
    }
    touched.length = 0;
    nRows = 0;
    out.examples.push(example);
    out.rowStart.push(out.index.length);
  };
  const take = (): CodedTokens => {
    const { rowStart, index, value, examples } = out;
    out = emptyRows(columns);
    const codes: SparseRows = {
      columns,
      rowStart: Uint32Array.from(rowStart),
      index: Uint32Array.from(index),
      value: Float32Array.from(value),
    };
    return { codes, exampleIndex: examples, tokenIndex: examples.map(() => -1) };
  };

  return {
    push({ codes, exampleIndex, tokenIndex }) {
      const { rowStart, index, value } = codes;
      for (let row = 0; row + 1 < rowStart.length; row++) {
        if (rowsPerExample > 1 && tokenIndex[row] === -1) continue;
        if (exampleIndex[row] !== example) {
          finish();
          example = exampleIndex[row]!;
          if (seen.has(example)) throw new RangeError(`pooling: rows of example ${example} apart`);
          seen.add(example);
        }
        nRows++;
        for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
          const [latent, v] = [index[p]!, value[p]!];
          if (!(v > 0)) continue;
          if (values[latent] === 0) touched.push(latent);
          values[latent] = pool === 'max' ? Math.max(values[latent]!, v) : values[latent]! + v;
        }
      }
      return take();
    },
    end() {
      finish();
      example = -1;
      return take();
    },
  };
}

function emptyRows(columns: number): {
  columns: number;
  rowStart: number[];
  index: number[];
  value: number[];
  examples: number[];
} {
  return { columns, rowStart: [0], index: [], value: [], examples: [] };
}
