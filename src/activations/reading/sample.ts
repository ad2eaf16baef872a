// A fixed random sample of rows to compute the scaling from: those that Python's saev takes.
import { startProgress } from '../../base/progress.ts';
import { numpySample } from '../../base/python-random/numpy-permutation.ts';
import type { ActivationRow, ActivationSource } from '../types.ts';
import { counts, type RowFilter, rowsOf } from './row-filter.ts';
import type { SampledRows } from './scaling.ts';

/** Rows that travel together. */
const CHUNK = 2048;
/** Reads under way at once. */
const CONCURRENCY = 16;

/** What is sampled: rows in order, and single rows by number. */
interface Sampled
  extends Pick<ActivationSource, 'batches' | 'length' | 'rowsPerExample' | 'dModel'> {
  /** Examples that give rows, ascending. */
  readonly present: Uint32Array;
  readonly filter?: RowFilter | undefined;
  row(i: number): Promise<ActivationRow>;
}

/**
 * Draw the `nRandomSamples` rows of `source` that Python's saev draws by the same seed (the first of a permutation by
 * `default_rng(seed)`), all of them where there are no more. The result can be read several times and gives the same rows
 * each time, in their order on disk: one by one where they are few, else by reading through.
 */
export function sampleRows(
  source: Sampled,
  options: { nRandomSamples: number; seed: number; signal?: AbortSignal | undefined },
): SampledRows {
  const { nRandomSamples, seed, signal } = options;
  const n = Math.min(nRandomSamples, source.length);
  let ordinals: Uint32Array | undefined;
  return async function* () {
    if (n < source.length) ordinals ??= await numpySample(source.length, n, { seed, signal });
    const progress = startProgress('scaling', { total: n, unit: 'rows' });
    try {
      const chunks =
        ordinals === undefined || n > source.length / 4
          ? pickRows(source, ordinals, signal)
          : fetchRows(source, ordinals, signal);
      for await (const rows of chunks) {
        yield rows;
        progress.tick(rows.length / source.dModel);
      }
    } finally {
      progress.end();
    }
  };
}

/** Read through all rows and keep those drawn. */
async function* pickRows(
  source: Sampled,
  ordinals: Uint32Array | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  const { dModel } = source;
  let first = 0;
  let next = 0;
  for await (const { acts } of source.batches({ batchSize: CHUNK, signal })) {
    if (ordinals === undefined) {
      yield acts;
      continue;
    }
    let kept = 0;
    const end = first + acts.length / dModel;
    for (; next < ordinals.length && ordinals[next]! < end; next++) {
      const from = (ordinals[next]! - first) * dModel;
      acts.copyWithin(kept * dModel, from, from + dModel);
      kept++;
    }
    first = end;
    if (kept > 0) yield acts.subarray(0, kept * dModel);
  }
}

/** Read the drawn rows one by one. */
async function* fetchRows(
  source: Sampled,
  ordinals: Uint32Array,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  const { dModel } = source;
  const numbered = { ...source, starts: startsOf(source) };
  for (let first = 0; first < ordinals.length; first += CHUNK) {
    const chunk = ordinals.subarray(first, first + CHUNK);
    const rows = new Float32Array(chunk.length * dModel);
    let next = 0;
    const fetchNext = async (): Promise<void> => {
      while (next < chunk.length) {
        signal?.throwIfAborted();
        const i = next++;
        rows.set((await source.row(rowNumber(numbered, chunk[i]!))).act, i * dModel);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, fetchNext));
    yield rows;
  }
}

/** Number, among the rows of all examples, of the `ordinal`-th row that counts of an example that is present. */
function rowNumber(source: Sampled & { readonly starts: Float64Array }, ordinal: number): number {
  const { present, rowsPerExample, filter, starts } = source;
  let low = 0;
  let high = present.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= ordinal) low = middle;
    else high = middle;
  }
  const example = present[low]!;
  let left = ordinal - starts[low]!;
  let row = 0;
  for (; !counts(filter, example, row) || left > 0; row++) {
    if (counts(filter, example, row)) left--;
  }
  return example * rowsPerExample + row;
}

/** Rows that count before each of the present examples. */
function startsOf(source: Sampled): Float64Array {
  const starts = new Float64Array(source.present.length);
  for (let i = 1; i < starts.length; i++)
    starts[i] = starts[i - 1]! + rowsOf(source, source.present[i - 1]!);
  return starts;
}
