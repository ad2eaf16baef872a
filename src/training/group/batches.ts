// Batches until enough rows were seen, as arithmetic: by the rule of saev's `BatchLimiter` for images, and by that of
// transcoder-circuits' loop for texts.
import type { ActivationSource } from '../../activations/types.ts';
import type { TrainConfig } from '../config/train-config.ts';

/** The batches of a run. */
export interface Stream {
  /** Rows in one pass. */
  readonly length: number;
  /** Rows in a batch; the last one of a pass may be smaller. */
  readonly batchSize: number;
  /** Rows to train on. */
  readonly nSamples: number;
  /**
   * When to stop. A batch counts as `batchSize` rows in both. `past` (saev): with the first batch after which more than
   * `nSamples` are counted; at the end of a pass one batch is not counted, since its last one may be smaller. A pass of
   * one batch counts it, though: the original would never end there. `reached` (transcoder-circuits): as soon as
   * `nSamples` are counted.
   */
  readonly until: 'past' | 'reached';
}

/** What of a configuration decides its batches. */
interface Asked extends Pick<TrainConfig, 'data'> {
  readonly nPatches: number;
  readonly saeBatchSize: number;
}

/** The batches that a configuration asks of a source. */
export function streamOf(
  { saeBatchSize, nPatches }: Pick<Asked, 'saeBatchSize' | 'nPatches'>,
  { length, contexts }: Pick<ActivationSource, 'length' | 'contexts'>,
): Stream {
  const until = contexts === undefined ? 'past' : 'reached';
  return { length, batchSize: saeBatchSize, nSamples: nPatches, until };
}

/** Where a run stands in its stream of batches. */
interface StreamPosition {
  /** Number of the pass over the data, from 0. */
  readonly pass: number;
  /** Batch within the pass, from 0. */
  readonly batch: number;
}

/** Walk the batches that training takes, pass after pass. */
export function* limitBatches({
  length,
  batchSize,
  nSamples,
  until,
}: Stream): Generator<StreamPosition> {
  const perPass = Math.ceil(length / batchSize);
  let seen = 0;
  for (let pass = 0; ; pass++) {
    for (let batch = 0; batch < perPass; batch++) {
      yield { pass, batch };
      seen += batchSize;
      if (until === 'reached' ? seen >= nSamples : seen > nSamples) return;
    }
    if (until === 'past' && perPass > 1) seen -= batchSize;
  }
}

/** Rows in the first `steps` batches, the smaller ones at the ends of passes taken as they are. */
export function rowsIn(
  steps: number,
  { length, batchSize }: Pick<Stream, 'length' | 'batchSize'>,
): number {
  const perPass = Math.ceil(length / batchSize);
  return Math.floor(steps / perPass) * length + (steps % perPass) * batchSize;
}

/** Number of batches that `limitBatches` gives. */
export function countBatches({ length, batchSize, nSamples, until }: Stream): number {
  if (until === 'reached') return Math.max(1, Math.ceil(nSamples / batchSize));
  const perPass = Math.ceil(length / batchSize);
  const counted = perPass > 1 ? perPass - 1 : 1;
  // The batch that takes the count past nSamples is the last one.
  const needed = Math.floor(nSamples / batchSize) + 1;
  const wholePasses = needed <= perPass ? 0 : Math.ceil((needed - perPass) / counted);
  return wholePasses * perPass + (needed - wholePasses * counted);
}

/** Number of batches where nothing is known of the data yet but whether they are texts: at least so many. */
export function fewestBatches({ data, nPatches, saeBatchSize }: Asked): number {
  const isText = data.language !== undefined;
  return isText ? Math.ceil(nPatches / saeBatchSize) : Math.floor(nPatches / saeBatchSize) + 1;
}
