// How well a batch mixes: the entropy of its rows over the examples they come from, against a perfect shuffle.
import { Random } from '../../base/random.ts';

/** How many examples the rows of a batch come from, as entropies in bits. */
export interface Mixing {
  /** Entropy of the examples in the batch, `−Σ p log2 p` with `p` an example's share of the rows; bits. */
  readonly entropy: number;
  /** Entropy of a batch of this size drawn at random from all rows; bits. */
  readonly perfect: number;
  /** `entropy / perfect`; 1 where a perfect shuffle has none. */
  readonly ratio: number;
  /** Different examples in the batch. */
  readonly distinct: number;
}

/** Measure the mixing of one batch from the example of each of its rows. */
export function measureMixing(
  exampleIndex: ArrayLike<number>,
  source: { readonly nExamples: number; readonly rowsPerExample: number },
): Mixing {
  const counts = countValues(exampleIndex);
  const entropy = entropyOf(counts, exampleIndex.length);
  const perfect = perfectEntropy(exampleIndex.length, source);
  return {
    entropy,
    perfect,
    ratio: perfect === 0 ? 1 : entropy / perfect,
    distinct: counts.size,
  };
}

/** Entropy of one batch of `batchSize` rows drawn without replacement from all of them. */
function perfectEntropy(
  batchSize: number,
  { nExamples, rowsPerExample }: { nExamples: number; rowsPerExample: number },
): number {
  const nRows = nExamples * rowsPerExample;
  if (batchSize >= nRows) return Math.log2(nExamples);
  const random = new Random(0, 'mixing');
  const drawn = new Set<number>();
  while (drawn.size < batchSize) drawn.add(random.int(nRows));
  const examples = Float64Array.from(drawn, (row) => Math.floor(row / rowsPerExample));
  return entropyOf(countValues(examples), batchSize);
}

function countValues(values: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function entropyOf(counts: Map<number, number>, total: number): number {
  let sum = 0;
  for (const count of counts.values()) sum += count * Math.log2(count);
  return Math.log2(total) - sum / total;
}
