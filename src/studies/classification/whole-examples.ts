// Images as single rows, all of their patches at once, for features that are means over patches.
import type { ShardSource } from '../../activations/reading/shard-source.ts';
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import { Random } from '../../base/random.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { FeatureMap } from '../probes/features.ts';

/** See each example of a source as one row: its rows one after the other. */
export function wholeExamples(source: ShardSource): ActivationSource {
  const { rowsPerExample, nExamples, absent } = source;
  const dModel = source.dModel * rowsPerExample;
  const missing = new Set(absent);
  const present = Int32Array.from({ length: nExamples }, (_, i) => i).filter(
    (example) => !missing.has(example),
  );
  return {
    dModel,
    length: present.length,
    nExamples,
    rowsPerExample: 1,
    async *batches({ batchSize, shuffleSeed, skipBatches = 0, dropLast = false, signal }) {
      const order = present.slice();
      if (shuffleSeed !== undefined) new Random(shuffleSeed, 'whole examples').shuffle(order);
      const end = dropLast ? order.length - (order.length % batchSize) : order.length;
      for (let start = skipBatches * batchSize; start < end; start += batchSize) {
        signal?.throwIfAborted();
        const exampleIndex = order.slice(start, Math.min(end, start + batchSize));
        const acts = new Float32Array(exampleIndex.length * dModel);
        for (const [i, example] of exampleIndex.entries()) {
          acts.set(await source.exampleRows(example), i * dModel);
        }
        const tokenIndex = new Int32Array(exampleIndex.length).fill(-1);
        yield { acts, exampleIndex, tokenIndex } satisfies ActivationBatch;
      }
    },
    close: () => source.close(),
  };
}

/** Average the codes of the rows of each example; `features` makes codes of single rows. */
export function meanCodes(features: FeatureMap, rowsPerExample: number): FeatureMap {
  return {
    width: features.width,
    isSparse: true,
    of: async (acts) => meanOfRows((await features.of(acts)) as SparseRows, rowsPerExample),
  };
}

/** Average every `count` rows of codes. */
export function meanOfRows(
  { columns, rowStart, index, value }: SparseRows,
  count: number,
): SparseRows {
  const sums = new Float64Array(columns);
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row + 1 < rowStart.length; row += count) {
    const found = new Set<number>();
    for (let p = rowStart[row]!; p < rowStart[row + count]!; p++) {
      found.add(index[p]!);
      sums[index[p]!]! += value[p]!;
    }
    for (const column of [...found].sort((a, b) => a - b)) {
      indices.push(column);
      values.push(sums[column]! / count);
      sums[column] = 0;
    }
    starts.push(indices.length);
  }
  return {
    columns,
    rowStart: Uint32Array.from(starts),
    index: Uint32Array.from(indices),
    value: Float32Array.from(values),
  };
}
