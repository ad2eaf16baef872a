// What heads read: rows of activations, dense, or rows of codes, sparse.
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Coder } from '../../sae/open-coder.ts';

/** Dense rows. */
export interface DenseRows {
  readonly columns: number;
  /** `[rows, columns]` */
  readonly values: Float32Array;
}

/** Rows of features of either kind. */
export type Features = DenseRows | SparseRows;

/** How rows of activations become what heads read. */
export interface FeatureMap {
  /** Features of a row. */
  readonly width: number;
  readonly isSparse: boolean;
  /** Features of `acts [rows, dModel]`. */
  of(acts: Float32Array): Promise<Features>;
}

/** Read activations as they are, rows of `width`. */
export function activationFeatures(width: number): FeatureMap {
  return { width, isSparse: false, of: async (values) => ({ columns: width, values }) };
}

/** Read the codes of a coder; rows must be scaled as in its training, as recorded ones are when they are read. */
export function codeFeatures(coder: Pick<Coder, 'dSae' | 'encodeScaled'>): FeatureMap {
  return { width: coder.dSae, isSparse: true, of: (acts) => coder.encodeScaled(acts) };
}

/** Tell dense rows from sparse ones. */
export function isDense(features: Features): features is DenseRows {
  return 'values' in features;
}

/** Number of rows. */
export function rowsIn(features: Features): number {
  return isDense(features)
    ? features.values.length / features.columns
    : features.rowStart.length - 1;
}

/** Bytes that rows take in memory. */
export function bytesIn(features: Features): number {
  if (isDense(features)) return features.values.byteLength;
  return features.rowStart.byteLength + features.index.byteLength + features.value.byteLength;
}

/** A row of some block of rows. */
export interface RowPlace {
  readonly block: Features;
  readonly row: number;
}

/** Put rows of one kind and width under one another. */
export function gatherRows(places: readonly RowPlace[], width: number): Features {
  const [first] = places;
  if (first === undefined || isDense(first.block)) return gatherDense(places, width);
  return gatherSparse(places, width);
}

function gatherDense(places: readonly RowPlace[], columns: number): DenseRows {
  const values = new Float32Array(places.length * columns);
  places.forEach(({ block, row }, i) => {
    const { values: from } = block as DenseRows;
    values.set(from.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { columns, values };
}

function gatherSparse(places: readonly RowPlace[], columns: number): SparseRows {
  const rowStart = new Uint32Array(places.length + 1);
  places.forEach(({ block, row }, i) => {
    const { rowStart: starts } = block as SparseRows;
    rowStart[i + 1] = rowStart[i]! + starts[row + 1]! - starts[row]!;
  });
  const index = new Uint32Array(rowStart.at(-1)!);
  const value = new Float32Array(index.length);
  places.forEach(({ block, row }, i) => {
    const from = block as SparseRows;
    const [start, end] = [from.rowStart[row]!, from.rowStart[row + 1]!];
    index.set(from.index.subarray(start, end), rowStart[i]);
    value.set(from.value.subarray(start, end), rowStart[i]);
  });
  return { columns, rowStart, index, value };
}
