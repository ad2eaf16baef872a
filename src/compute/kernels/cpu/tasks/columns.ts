// From sparse rows to sparse columns: which rows a latent has entries in, for the codes of a step and for those that
// explain what is left; of coders with gates for gates and codes.
import type { Engine } from '../engine.ts';
import type { Layout } from '../memory/layout.ts';

/** The codes of a step (its gates, where there are), those behind gates, or those of the latents that explain what is left. */
export type CodeSet = 'codes' | 'magnitudes' | 'aux';

/** Where the rows of codes lie. */
export function rowsOf(
  { at }: Layout,
  of: CodeSet,
): { rowStart: number; rowCount: number; index: number; pre: number; dPre: number } {
  if (of !== 'aux') {
    const { rowStart, rowCount, index, pre, dPre, code, dCode } = at;
    const values = of === 'codes' ? { pre, dPre } : { pre: code, dPre: dCode };
    return { rowStart, rowCount, index, ...values };
  }
  return {
    rowStart: at.auxRowStart,
    rowCount: at.auxRowCount,
    index: at.auxIndex,
    pre: at.auxPre,
    dPre: at.auxDPre,
  };
}

/** Where their columns lie. */
export function columnsOf(
  { at }: Layout,
  of: CodeSet,
): { colStart: number; colRow: number; colPre: number; colDPre: number } {
  if (of !== 'aux') {
    const { colStart, colRow, colPre, colDPre, colCode, colDCode } = at;
    const values = of === 'codes' ? { colPre, colDPre } : { colPre: colCode, colDPre: colDCode };
    return { colStart, colRow, ...values };
  }
  return {
    colStart: at.auxColStart,
    colRow: at.auxColRow,
    colPre: at.auxColPre,
    colDPre: at.auxColDPre,
  };
}

/** Where the entries of columns are counted. */
export function countsOf({ at }: Layout, of: CodeSet): number {
  return of === 'aux' ? at.auxColCount : at.colCount;
}

interface ColumnWork {
  readonly of: CodeSet;
  readonly rows: number;
  readonly ranges: readonly number[];
}

export function count({ wasm, layout }: Engine, block: number, work: ColumnWork): void {
  const { rowStart, rowCount, index } = rowsOf(layout, work.of);
  wasm.countColumns({
    rows: work.rows,
    rowStart,
    rowCount,
    index,
    firstLatent: work.ranges[block]!,
    endLatent: work.ranges[block + 1]!,
    count: countsOf(layout, work.of),
  });
}

export function transpose(
  { wasm, layout }: Engine,
  block: number,
  work: ColumnWork & { readonly starts: readonly number[] },
): void {
  wasm.fillColumns({
    rows: work.rows,
    ...rowsOf(layout, work.of),
    firstLatent: work.ranges[block]!,
    endLatent: work.ranges[block + 1]!,
    start: work.starts[block]!,
    count: countsOf(layout, work.of),
    ...columnsOf(layout, work.of),
  });
}
