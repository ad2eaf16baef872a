// A sample of rows of codes, kept during a pass: which features fire together.
import type { SparseRows } from '../../compute/sparse-rows.ts';

/** Another feature and how it goes with the one asked for, over the rows of the sample. */
export interface Correlated {
  readonly feature: number;
  /** Pearson's r of the codes, zeros included. */
  readonly pearson: number;
  /** Cosine of the codes. */
  readonly cosine: number;
}

/** A sample of rows with their codes. */
export interface CodeSample {
  /** Take the next rows of a pass; hand it to the collector as `observe`. */
  observe(codes: SparseRows): void;
  /** The `k` features that correlate most with `feature`, best first; none where it does not fire in the sample. */
  correlated(feature: number, k: number): Correlated[];
  /** The rows kept. */
  codes(): SparseRows;
  /** Rows kept: of those seen one in `stride`, drawn as if by lot, so that no position in an example is preferred. */
  readonly rows: number;
  readonly stride: number;
}

/**
 * Keep rows of `dSae` codes, at most about `maxEntries` entries: every row at first; when room runs out, half of those kept
 * are forgotten, and from then on half as many taken. Memory: `8 · maxEntries` bytes, and as much when first asked.
 */
export function createCodeSample(
  dSae: number,
  { maxEntries = 2 ** 22 }: { maxEntries?: number } = {},
): CodeSample {
  let kept: { row: number; index: Uint32Array; value: Float32Array }[] = [];
  let entries = 0;
  let seen = 0;
  let stride = 1;
  let columns: Columns | undefined;

  const thin = (): void => {
    stride *= 2;
    kept = kept.filter(({ row }) => isDrawn(row, stride));
    entries = kept.reduce((sum, { index }) => sum + index.length, 0);
  };

  return {
    get rows() {
      return kept.length;
    },
    get stride() {
      return stride;
    },
    observe({ rowStart, index, value }) {
      columns = undefined;
      for (let row = 0; row + 1 < rowStart.length; row++, seen++) {
        if (!isDrawn(seen, stride)) continue;
        const [from, to] = [rowStart[row]!, rowStart[row + 1]!];
        kept.push({ row: seen, index: index.slice(from, to), value: value.slice(from, to) });
        entries += to - from;
        while (entries > maxEntries && kept.length > 1) thin();
      }
    },
    codes() {
      const rowStart = new Uint32Array(kept.length + 1);
      const all = { index: new Uint32Array(entries), value: new Float32Array(entries) };
      kept.forEach(({ index, value }, row) => {
        all.index.set(index, rowStart[row]);
        all.value.set(value, rowStart[row]);
        rowStart[row + 1] = rowStart[row]! + index.length;
      });
      return { columns: dSae, rowStart, ...all };
    },
    correlated(feature, k) {
      columns ??= byFeature(kept, dSae);
      const { start, row, value, sum, square } = columns;
      const n = kept.length;
      const dots = new Float64Array(dSae);
      for (let at = start[feature]!; at < start[feature + 1]!; at++) {
        const other = kept[row[at]!]!;
        const code = value[at]!;
        for (let e = 0; e < other.index.length; e++) {
          dots[other.index[e]!]! += code * other.value[e]!;
        }
      }
      const spread = (i: number): number => Math.sqrt(square[i]! - (sum[i]! * sum[i]!) / n);
      const found: Correlated[] = [];
      dots.forEach((dot, other) => {
        if (dot <= 0 || other === feature) return;
        const pearson =
          (dot - (sum[feature]! * sum[other]!) / n) / (spread(feature) * spread(other));
        const cosine = dot / Math.sqrt(square[feature]! * square[other]!);
        if (Number.isFinite(pearson)) found.push({ feature: other, pearson, cosine });
      });
      return found.sort((a, b) => b.pearson - a.pearson || a.feature - b.feature).slice(0, k);
    },
  };
}

/** Whether a row is one in `stride`, a power of two; who is one in two strides is one in this. */
function isDrawn(row: number, stride: number): boolean {
  let mixed = Math.imul(row ^ (row >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) & (stride - 1)) === 0;
}

/** Entries by feature: those of `i` are `start[i] … start[i + 1] − 1` of `row` and `value`. */
interface Columns {
  readonly start: Uint32Array;
  readonly row: Uint32Array;
  readonly value: Float32Array;
  readonly sum: Float64Array;
  readonly square: Float64Array;
}

function byFeature(
  rows: readonly { index: Uint32Array; value: Float32Array }[],
  dSae: number,
): Columns {
  const start = new Uint32Array(dSae + 1);
  for (const { index } of rows) for (const i of index) start[i + 1]!++;
  for (let i = 0; i < dSae; i++) start[i + 1]! += start[i]!;
  const next = start.slice();
  const row = new Uint32Array(start[dSae]!);
  const value = new Float32Array(start[dSae]!);
  const sum = new Float64Array(dSae);
  const square = new Float64Array(dSae);
  rows.forEach((each, r) => {
    each.index.forEach((i, e) => {
      const code = each.value[e]!;
      const at = next[i]!++;
      row[at] = r;
      value[at] = code;
      sum[i]! += code;
      square[i]! += code * code;
    });
  });
  return { start, row, value, sum, square };
}
