// Batches until enough rows were seen: saev's `BatchLimiter`, as arithmetic.

/** Where a run stands in its stream of batches. */
interface StreamPosition {
  /** Number of the pass over the data, from 0. */
  readonly pass: number;
  /** Batch within the pass, from 0. */
  readonly batch: number;
}

/**
 * Walk the batches that training takes, pass after pass.
 *
 * A batch counts as `batchSize` rows; training ends with the first batch after which more than `nSamples` are counted.
 * At the end of a pass one batch is not counted, since its last one may be smaller. A pass of one batch counts it,
 * though: the original would never end there.
 */
export function* limitBatches(options: {
  length: number;
  batchSize: number;
  nSamples: number;
}): Generator<StreamPosition> {
  const { length, batchSize, nSamples } = options;
  const perPass = Math.ceil(length / batchSize);
  let seen = 0;
  for (let pass = 0; ; pass++) {
    for (let batch = 0; batch < perPass; batch++) {
      yield { pass, batch };
      seen += batchSize;
      if (seen > nSamples) return;
    }
    if (perPass > 1) seen -= batchSize;
  }
}

/** Rows in the first `steps` batches, the smaller ones at the ends of passes taken as they are. */
export function rowsIn(
  steps: number,
  { length, batchSize }: { length: number; batchSize: number },
): number {
  const perPass = Math.ceil(length / batchSize);
  return Math.floor(steps / perPass) * length + (steps % perPass) * batchSize;
}

/** Number of batches that `limitBatches` gives. */
export function countBatches(options: {
  length: number;
  batchSize: number;
  nSamples: number;
}): number {
  const { length, batchSize, nSamples } = options;
  const perPass = Math.ceil(length / batchSize);
  const counted = perPass > 1 ? perPass - 1 : 1;
  // The batch that takes the count past nSamples is the last one.
  const needed = Math.floor(nSamples / batchSize) + 1;
  const wholePasses = needed <= perPass ? 0 : Math.ceil((needed - perPass) / counted);
  return wholePasses * perPass + (needed - wholePasses * counted);
}
