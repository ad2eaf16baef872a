// How well heads tell classes apart: all of them on one pass.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Labels } from '../labels/labels.ts';
import { addBias, openDenseStack } from './dense-heads.ts';
import { type FeatureMap, type Features, isDense } from './features.ts';
import { featuresOf, labelledBatches, type RememberedRows } from './labelled-rows.ts';
import { checkHead, type LinearHead } from './linear-head.ts';
import { sparseLogits, sparseStack } from './sparse-heads.ts';

/** Several heads at work on the same rows. */
export interface HeadScores {
  readonly nHeads: number;
  readonly nClasses: number;
  /** Logits `[rows, heads, classes]` of rows of features. */
  logits(features: Features): Promise<Float32Array>;
}

/**
 * Set heads of one size to work.
 * @throws {UserError} when they differ in size.
 */
export async function openHeads(
  heads: readonly LinearHead[],
  options: { readonly isSparse?: boolean } = {},
): Promise<HeadScores> {
  const [first] = heads;
  if (first === undefined) throw new UserError('no heads to measure');
  for (const head of heads) checkHead(head, first, 'a head');
  const { dIn, nClasses } = first;
  const shape = { nHeads: heads.length, nClasses, dIn };
  const bias = Float32Array.from(heads.flatMap((head) => [...head.bias]));
  const score = options.isSparse === true ? sparseScores() : await denseScores();
  return {
    nHeads: heads.length,
    nClasses,
    async logits(features) {
      const logits = await score(features);
      addBias(logits, bias);
      return logits;
    },
  };

  function sparseScores(): (features: Features) => Promise<Float32Array> {
    const weight = sparseStack(heads, shape);
    return async (features) => sparseLogits(features as SparseRows, weight, bias.length);
  }

  async function denseScores(): Promise<(features: Features) => Promise<Float32Array>> {
    const stack = await openDenseStack(heads, shape);
    return async (features) => {
      if (!isDense(features)) throw new RangeError('heads: expected dense rows');
      return stack.logits(features.values);
    };
  }
}

/** What a head got right. */
export interface HeadMeasure {
  /** Rows, or examples, that were judged. */
  readonly count: number;
  /** Share of them whose highest score is the true class; of equal scores the first counts. */
  readonly accuracy: number;
  /** Mean of −log p of the true class, in nats. */
  readonly loss: number;
  /** `[classes, classes]`: how many of each true class (rows) were taken for each class (columns). */
  readonly confusion: Float64Array;
}

/** How heads are measured. */
export interface MeasureOptions {
  readonly features?: FeatureMap;
  /** Judge examples by the mean of the logits of their rows, not each row. @default false */
  readonly perExample?: boolean;
  /** The labelled rows of this source, as `rememberRows` keeps them, where heads are measured on them again and again. */
  readonly remembered?: RememberedRows | undefined;
  /** @default 4096 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measure heads on the labelled rows of a source, in one pass.
 * @throws {UserError} when a head does not fit the rows or the classes, or no row has a label.
 */
export async function measureHeads(
  source: ActivationSource,
  labels: Labels,
  heads: readonly LinearHead[],
  options: MeasureOptions = {},
): Promise<HeadMeasure[]> {
  const { batchSize = 4096, perExample = false, signal } = options;
  const features = featuresOf(source, options.features);
  const nClasses = labels.classes.length;
  for (const head of heads) checkHead(head, { dIn: features.width, nClasses }, 'the head');
  const scores = await openHeads(heads, { isSparse: features.isSparse });
  const tallies = heads.map(() => newTally(nClasses));
  const means = perExample ? exampleMeans(heads.length * nClasses) : undefined;
  const judge = (logits: ArrayLike<number>, at: number, truth: number): void => {
    tallies.forEach((tally, head) => {
      tally.judge(logits, at + head * nClasses, truth);
    });
  };
  const rows =
    options.remembered?.() ?? labelledBatches(source, labels, { features, batchSize, signal });
  for await (const batch of rows) {
    const logits = await scores.logits(batch.features);
    const width = heads.length * nClasses;
    for (const [row, truth] of batch.classes.entries()) {
      if (means === undefined) {
        judge(logits, row * width, truth);
        continue;
      }
      const done = means.add(batch.examples[row]!, truth, logits.subarray(row * width));
      if (done !== undefined) judge(done.mean, 0, done.truth);
    }
  }
  const last = means?.end();
  if (last !== undefined) judge(last.mean, 0, last.truth);
  return tallies.map((tally) => tally.measure());
}

interface Tally {
  judge(logits: ArrayLike<number>, at: number, truth: number): void;
  measure(): HeadMeasure;
}

function newTally(nClasses: number): Tally {
  const confusion = new Float64Array(nClasses * nClasses);
  let [loss, count, correct] = [0, 0, 0];
  return {
    judge(logits, at, truth) {
      let best = 0;
      for (let c = 1; c < nClasses; c++) if (logits[at + c]! > logits[at + best]!) best = c;
      let total = 0;
      for (let c = 0; c < nClasses; c++) total += Math.exp(logits[at + c]! - logits[at + best]!);
      loss += Math.log(total) + logits[at + best]! - logits[at + truth]!;
      confusion[truth * nClasses + best]! += 1;
      count++;
      if (best === truth) correct++;
    },
    measure() {
      if (count === 0) throw new UserError('no row of the activations has a label');
      return { count, accuracy: correct / count, loss: loss / count, confusion };
    },
  };
}

interface ExampleMean {
  readonly mean: Float64Array;
  readonly truth: number;
}

/** Means over the rows of an example, which come one after the other. */
function exampleMeans(width: number): {
  add(example: number, truth: number, logits: Float32Array): ExampleMean | undefined;
  end(): ExampleMean | undefined;
} {
  let now: { example: number; truth: number; rows: number; sum: Float64Array } | undefined;
  const end = (): ExampleMean | undefined =>
    now && { mean: now.sum.map((value) => value / now!.rows), truth: now.truth };
  return {
    add(example, truth, logits) {
      const done = now?.example === example ? undefined : end();
      if (now?.example !== example) {
        now = { example, truth, rows: 0, sum: new Float64Array(width) };
      }
      for (let i = 0; i < width; i++) now.sum[i]! += logits[i]!;
      now.rows++;
      return done;
    },
    end,
  };
}
