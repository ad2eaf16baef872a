// Training of linear heads: every head of a sweep on one pass over the same rows.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { number, significant } from '../../base/text.ts';
import type { Labels } from '../labels/labels.ts';
import type { HeadRates } from './adamw.ts';
import type { HeadSums } from './cross-entropy.ts';
import { denseLearner } from './dense-heads.ts';
import type { EpochReport } from './epoch-report.ts';
import type { FeatureMap } from './features.ts';
import type { HeadLearner } from './head-learner.ts';
import { featuresOf, type LabelledRows, labelledRows } from './labelled-rows.ts';
import { initHead, type LinearHead } from './linear-head.ts';
import { sparseLearner } from './sparse-heads.ts';
import { restoreState, saveState, type TrainingPosition } from './training-state.ts';

const log = logger('probes');

/** How heads are trained. */
export interface ProbeOptions {
  /** One head for each: see {@link sweepRates}. */
  readonly rates: readonly HeadRates[];
  readonly nEpochs: number;
  /** Rows of one step. Those whose class is not known are left out of it. */
  readonly batchSize: number;
  /** Seed of the order of rows; head `i` begins with weights of the seed plus `i`. @default 42 */
  readonly seed?: number;
  /** What heads read in place of the activations: codes, as {@link codeFeatures} gives them. */
  readonly features?: FeatureMap;
  /** Weights to begin with, one head for each rate, in place of drawn ones. */
  readonly initial?: readonly LinearHead[];
  /** `[dIn, nClasses]`, 0 where a class may not read a feature; features must be sparse. */
  readonly mask?: Uint8Array;
  /** A class that need not occur, such as that of nothing that was labelled: nobody is warned when it has no rows. */
  readonly optionalClass?: number;
  /** Epochs between two calls of `onEvaluate`, which is called in the first and the last as well. @default nEpochs */
  readonly evalEvery?: number;
  /** Given the heads as they are, to measure or to keep them; training waits for it. */
  readonly onEvaluate?: (heads: readonly LinearHead[], report: EpochReport) => Promise<void> | void;
  readonly onEpoch?: (report: EpochReport) => void;
  /** Bytes of features that may be kept in memory; what takes more is read again every epoch. @default 2 GiB */
  readonly memoryBytes?: number;
  /** File to go on from after an interruption: written on the way, read if it is there; the caller removes it. */
  readonly stateFile?: string;
  /** Seconds between two writes of that file. @default 60 */
  readonly saveEvery?: number;
  /** Stops training; what was done is kept in the state file. */
  readonly signal?: AbortSignal;
}

/** Heads that have been trained. */
export interface TrainedProbes {
  /** One for each of the rates, in their order. */
  readonly heads: readonly LinearHead[];
  readonly steps: number;
  readonly history: readonly EpochReport[];
  /** Rows of each class in an epoch. */
  readonly classRows: readonly number[];
}

/** Combine learning rates and weight decays to the rates of one head each, decays running fastest. */
export function sweepRates(
  learningRates: readonly number[],
  weightDecays: readonly number[],
): HeadRates[] {
  return learningRates.flatMap((learningRate) =>
    weightDecays.map((weightDecay) => ({ learningRate, weightDecay })),
  );
}

/**
 * Train linear heads to tell classes apart: multinomial logistic loss, the mean over the labelled rows of a batch, AdamW
 * as torch's. The heads share the rows and nothing else. The same seed gives the same bits, interrupted or not.
 * @throws {UserError} for rows that hold NaN, no labelled rows, fewer than two classes, or a learning rate that diverges.
 */
export async function trainProbes(
  source: ActivationSource,
  labels: Labels,
  options: ProbeOptions,
): Promise<TrainedProbes> {
  const { rates, nEpochs, batchSize, seed = 42, memoryBytes = 2 ** 31, signal } = options;
  checkOptions(labels, options);
  const features = featuresOf(source, options.features);
  const learner = await openLearner(features, labels.classes.length, options);
  const rows = await labelledRows(source, labels, {
    features,
    batchSize,
    seed,
    memoryBytes,
    signal,
  });
  const settings = fingerprint(source, labels, { ...options, seed, isKept: rows.isKept });
  const { stateFile } = options;
  const position =
    (stateFile && (await restoreState(stateFile, settings, learner))) ||
    startOf(rates.length, labels.classes.length);
  const save = async (): Promise<void> => {
    if (stateFile !== undefined) await saveState(stateFile, settings, learner, position);
  };
  const progress = startProgress('probes', {
    total: nEpochs,
    unit: 'epochs',
    done: position.epoch,
    every: 30_000,
  });
  try {
    while (position.epoch < nEpochs) {
      await trainEpoch(learner, rows, position, { ...options, save });
      const report = endEpoch(position, learner, { ...options, labels });
      progress.tick(1, `loss ${significant(Math.min(...report.loss))}`);
      options.onEpoch?.(report);
      if (isEvaluated(report.epoch, options)) await options.onEvaluate?.(learner.heads(), report);
      position.history.push(report);
      await save();
    }
  } finally {
    progress.end();
  }
  const { history, classRows } = position;
  return { heads: learner.heads(), steps: learner.steps, history, classRows };
}

async function openLearner(
  features: FeatureMap,
  nClasses: number,
  { rates, seed = 42, initial, mask }: ProbeOptions,
): Promise<HeadLearner> {
  const heads = initial ?? rates.map((_, i) => initHead(features.width, nClasses, seed + i));
  if (features.isSparse) return sparseLearner(heads, rates, mask);
  return denseLearner(heads, rates);
}

function startOf(nHeads: number, nClasses: number): TrainingPosition {
  const none = (length: number): number[] => new Array<number>(length).fill(0);
  return {
    epoch: 0,
    batch: 0,
    rows: 0,
    loss: none(nHeads),
    correct: none(nHeads),
    classRows: none(nClasses),
    history: [],
  };
}

async function trainEpoch(
  learner: HeadLearner,
  rows: LabelledRows,
  position: TrainingPosition,
  options: ProbeOptions & { readonly save: () => Promise<void> },
): Promise<void> {
  const { save, saveEvery = 60, signal, rates } = options;
  let saved = performance.now();
  try {
    for await (const { features, classes } of rows.epoch(position.epoch, position.batch)) {
      signal?.throwIfAborted();
      if (classes.length > 0) {
        const sums = await learner.step(features, classes);
        checkLoss(sums, rates, learner.steps);
        count(position, sums, classes);
      }
      position.batch++;
      if (performance.now() - saved < saveEvery * 1000) continue;
      await save();
      saved = performance.now();
    }
  } catch (error) {
    if (signal?.aborted) await save();
    throw error;
  }
}

/** Count what a step said into the sums of its epoch. */
function count(position: TrainingPosition, sums: HeadSums, classes: Int32Array): void {
  position.rows += classes.length;
  sums.loss.forEach((loss, head) => {
    position.loss[head]! += loss;
    position.correct[head]! += sums.correct[head]!;
  });
  if (position.epoch > 0) return;
  for (const number of classes) position.classRows[number]! += 1;
}

/** Close the books of an epoch, and open those of the next. */
function endEpoch(
  position: TrainingPosition,
  learner: HeadLearner,
  {
    labels,
    rates,
    optionalClass,
  }: Pick<ProbeOptions, 'rates' | 'optionalClass'> & { readonly labels: Labels },
): EpochReport {
  const { epoch, rows, loss, correct, classRows } = position;
  if (rows === 0) throw new UserError('no row of the activations has a label');
  if (epoch === 0) warnOfEmptyClasses(labels.classes, classRows, optionalClass);
  const share = (sum: number): number => sum / rows;
  const report = {
    epoch,
    step: learner.steps,
    loss: loss.map(share),
    accuracy: correct.map(share),
  };
  Object.assign(position, startOf(rates.length, 0), {
    epoch: epoch + 1,
    classRows,
    history: position.history,
  });
  return report;
}

function warnOfEmptyClasses(
  classes: readonly string[],
  classRows: readonly number[],
  optionalClass: number | undefined,
): void {
  const empty = classes.filter((_, i) => classRows[i] === 0 && i !== optionalClass);
  if (empty.length === 0) return;
  const shown = empty.slice(0, 5).join(', ');
  const more = empty.length > 5 ? ' and others' : '';
  log.warn('{n} of {all} classes have no rows to learn from: {shown}{more}', {
    n: number(empty.length),
    all: number(classes.length),
    shown,
    more,
  });
}

function isEvaluated(epoch: number, { nEpochs, evalEvery = nEpochs }: ProbeOptions): boolean {
  return epoch % evalEvery === 0 || epoch + 1 === nEpochs;
}

function checkLoss({ loss }: HeadSums, rates: readonly HeadRates[], step: number): void {
  const head = loss.findIndex((sum) => !Number.isFinite(sum));
  if (head < 0) return;
  throw new UserError(
    `the head of learning rate ${rates[head]!.learningRate} diverged: its loss is ${loss[head]} at step ${step}`,
    { hint: 'leave this learning rate out' },
  );
}

/** What a state must have been made with to be gone on from. */
function fingerprint(
  { dModel, length, nExamples }: ActivationSource,
  { classes }: Labels,
  { rates, batchSize, seed, isKept, features }: ProbeOptions & { readonly isKept: boolean },
): string {
  const width = features?.width ?? dModel;
  const rows = { dModel, length, nExamples, isKept, width };
  return JSON.stringify({ rates, batchSize, seed, rows, classes });
}

function checkOptions({ classes }: Labels, options: ProbeOptions): void {
  const { rates, nEpochs, batchSize, evalEvery = 1 } = options;
  if (classes.length < 2) {
    throw new UserError(
      `nothing to tell apart: there ${classes.length === 1 ? `is one class, '${classes[0]}'` : 'are no classes'}`,
    );
  }
  if (rates.length === 0) throw new UserError('no heads to train: no learning rate is given');
  for (const { learningRate, weightDecay } of rates) {
    if (!(Number.isFinite(learningRate) && learningRate > 0)) {
      throw new UserError(`invalid learning rate ${learningRate}: it must be above 0`);
    }
    if (!(Number.isFinite(weightDecay) && weightDecay >= 0)) {
      throw new UserError(`invalid weight decay ${weightDecay}: it must be 0 or above`);
    }
  }
  for (const [name, value] of Object.entries({ nEpochs, batchSize, evalEvery })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new UserError(`invalid ${name} ${value}: it must be a whole number above 0`);
  }
}
