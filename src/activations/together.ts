// Rows of several sources read side by side: an input and a target here, another hook point there, of the same examples.
import type { ActivationBatch, ActivationSource, BatchOptions } from './types.ts';

/** Tell whether two sources can be read side by side: they give as many rows, and where a model runs along, the same ones. */
export function goTogether(a: ActivationSource, b: ActivationSource): boolean {
  if (a === b) return true;
  const { together } = a;
  if (together !== b.together) return false;
  return a.length === b.length && (together === undefined || together.areAlike(a, b));
}

/**
 * One pass over sources that go together (see {@link goTogether}): a batch of each at a time, with the rows that it gives when it
 * is read alone. Shards are read by a worker for each source; a model runs once for all.
 * @throws {RangeError} when one of them ends before the others.
 */
export function batchesTogether(
  sources: readonly ActivationSource[],
  options: BatchOptions,
): AsyncIterable<readonly ActivationBatch[]> {
  const [first] = sources;
  const { together } = first!;
  if (sources.length > 1 && together !== undefined) return together.batches(sources, options);
  return sideBySide(sources, options);
}

async function* sideBySide(
  sources: readonly ActivationSource[],
  options: BatchOptions,
): AsyncGenerator<readonly ActivationBatch[], void> {
  const readers = sources.map((source) => source.batches(options)[Symbol.asyncIterator]());
  try {
    for (;;) {
      const results = await Promise.allSettled(readers.map((reader) => reader.next()));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      const batches = results.flatMap((result) =>
        result.status === 'fulfilled' && result.value.done !== true ? [result.value.value] : [],
      );
      if (batches.length === 0) return;
      if (batches.length < sources.length) {
        throw new RangeError('batches together: one source ended before the others');
      }
      yield batches;
    }
  } finally {
    await Promise.allSettled(readers.map((reader) => reader.return?.()));
  }
}
