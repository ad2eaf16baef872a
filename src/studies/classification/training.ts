// Training of classification heads, from images or shards to tables.
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { makeFolder } from '../../base/folders.ts';
import { lockFolder } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { counted, number, percent } from '../../base/text.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { exampleLabels } from '../labels/labels.ts';
import { type RememberedRows, rememberRows } from '../probes/labelled-rows.ts';
import type { LinearHead } from '../probes/linear-head.ts';
import { type HeadMeasure, measureHeads } from '../probes/measure-heads.ts';
import { trainSparseProbes } from '../probes/sparse-probes.ts';
import { strongestLatents } from '../probes/strongest-latents.ts';
import { sweepRates, trainProbes } from '../probes/train-probes.ts';
import type { ClassifyTrainConfig, LabelledImagesConfig } from './config.ts';
import { describeImages, renumbered } from './image-classes.ts';
import { type LabelledSet, openLabelledSet } from './labelled-set.ts';
import { bestHead, type MeasuredHead } from './measured-head.ts';
import { type ClassificationResult, type SparseResult, writeResults } from './results.ts';
import { type HeadReads, saveHead } from './saved-heads.ts';

const log = logger('classify');

/** Rows read at a time where they are measured. */
const READ_ROWS = 1024;

/** A set that may be read more than once. */
interface ReadSet extends LabelledSet {
  readonly remembered?: RememberedRows;
}

/** The sets that heads learn from and are measured on, with the same classes. */
interface Sets {
  readonly train: ReadSet;
  readonly val: ReadSet;
}

/**
 * Train a head for each learning rate and weight decay on labelled images, write them to `ckptPath`, and tables, charts
 * and a report to `logTo`. A call that was stopped goes on from its last state.
 * @throws {UserError} when images, shards, model or autoencoder are missing or do not fit each other, when the two sets do
 * not have the same classes, and for `kLatents` without an autoencoder.
 */
export async function trainClassification(
  config: ClassifyTrainConfig,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ClassificationResult> {
  if (config.kLatents.length > 0 && config.sae === undefined)
    throw new UserError('kLatents without an autoencoder: there are no latents to choose from', {
      hint: 'name one with --sae',
    });
  await makeFolder(config.ckptPath);
  const lock = await lockFolder(config.ckptPath);
  try {
    const coder = await coderOf(config, signal);
    try {
      return await withSets(config, coder, signal);
    } finally {
      await coder?.close();
    }
  } finally {
    await lock.release();
  }
}

async function coderOf(
  { sae, threads }: ClassifyTrainConfig,
  signal: AbortSignal | undefined,
): Promise<Coder | undefined> {
  if (sae === undefined) return undefined;
  return openCoder(sae, {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function withSets(
  config: ClassifyTrainConfig,
  coder: Coder | undefined,
  signal: AbortSignal | undefined,
): Promise<ClassificationResult> {
  const options = { ...config, signal, coder };
  const { trainImgs, trainShards, valImgs, valShards } = config;
  await checkClasses(config, signal);
  const train = await openLabelledSet(
    { name: 'training', images: trainImgs, shards: trainShards },
    config,
    options,
  );
  try {
    const opened = await openLabelledSet(
      { name: 'validation', images: valImgs, shards: valShards },
      config,
      options,
    );
    try {
      const what = { labels: opened.described, classes: train.described };
      const labels = renumbered(opened.labels, train.labels.classes, what);
      // Every epoch ends with a look at them.
      const val = {
        ...opened,
        labels,
        remembered: remember({ ...opened, labels }, config, signal),
      };
      checkSets(train, val);
      return await trainOn({ train, val }, config, signal);
    } finally {
      await opened.close();
    }
  } finally {
    await train.close();
  }
}

/** Compare the classes of both sets before any model runs. */
async function checkClasses(
  { trainImgs, valImgs }: ClassifyTrainConfig,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (trainImgs === undefined || valImgs === undefined) return;
  const classesOf = async (images: LabelledImagesConfig): Promise<readonly string[]> => {
    const dataset = await openDataset(images, signal === undefined ? {} : { signal });
    await dataset.close();
    return dataset.classes;
  };
  const labels = exampleLabels(await classesOf(valImgs), new Int32Array(0));
  const what = { labels: describeImages(valImgs), classes: describeImages(trainImgs) };
  renumbered(labels, await classesOf(trainImgs), what);
}

function checkSets(train: LabelledSet, val: LabelledSet): void {
  const { checkpoint } = train.model;
  if (checkpoint !== val.model.checkpoint)
    throw new UserError(
      `training images went through ${checkpoint}, validation images through ${val.model.checkpoint}`,
      { hint: 'heads read one model: name shards of the same' },
    );
  if (train.folder === val.folder)
    log.warn('heads are measured on the images that they learn from: {described}', {
      described: train.described,
    });
}

async function trainOn(
  sets: Sets,
  config: ClassifyTrainConfig,
  signal: AbortSignal | undefined,
): Promise<ClassificationResult> {
  const { train, val } = sets;
  const { classes } = train.labels;
  const rates = sweepRates(config.learningRate, config.weightDecay);
  log.info('training {heads} on {images} images of {classes} classes', {
    heads: counted(rates.length, 'head'),
    images: number(train.source.nExamples),
    classes: number(classes.length),
  });
  const stateFile = join(config.ckptPath, `.training-${stateHash(config, train)}.safetensors`);
  const shared = {
    rates,
    nEpochs: config.nEpochs,
    batchSize: config.batchSize,
    seed: config.seed,
    memoryBytes: config.memoryGib * 2 ** 30,
    features: train.features,
    ...(signal === undefined ? {} : { signal }),
  };
  const { heads } = await trainProbes(train.source, train.labels, {
    ...shared,
    stateFile,
    evalEvery: config.evalEvery,
    async onEvaluate(now, { epoch, step, accuracy }) {
      // The last ones are measured below.
      if (epoch + 1 === config.nEpochs) return;
      const measures = await measure(val, now);
      const best = Math.max(...measures.map((each) => each.accuracy));
      log.info('epoch {epoch}, step {step}: best training {train}, best validation {val}', {
        epoch,
        step,
        train: percent(Math.max(...accuracy)),
        val: percent(best),
      });
    },
  });
  const reads: HeadReads = {
    classes: [...classes],
    vitFamily: config.vitFamily,
    vitCkpt: train.model.checkpoint,
    layer: train.layer,
    patches: config.patches,
    sae: config.sae,
  };
  const measured = await measureAndSave(heads, sets, { config, reads });
  const sparse = await trainSparse(sets, { config, reads, shared });
  const best = bestHead(measured);
  const result = { classes, heads: measured, best, sparse, folder: config.logTo };
  await writeResults(result);
  await rm(stateFile, { force: true });
  return result;
}

interface Saving {
  readonly config: ClassifyTrainConfig;
  readonly reads: HeadReads;
}

async function measureAndSave(
  heads: readonly LinearHead[],
  { train, val }: Sets,
  { config, reads }: Saving,
): Promise<MeasuredHead[]> {
  const rates = sweepRates(config.learningRate, config.weightDecay);
  const onTrain = await measure(train, heads);
  const onVal = await measure(val, heads);
  const measured: MeasuredHead[] = [];
  for (const [i, head] of heads.entries()) {
    const path = await saveHead(head, rates[i]!, reads, config);
    measured.push({ ...rates[i]!, path, train: onTrain[i], val: onVal[i]! });
  }
  return measured;
}

/** Train heads of few latents a class, and keep the best of each number. */
async function trainSparse(
  sets: Sets,
  {
    config,
    reads,
    shared,
  }: Saving & {
    readonly shared: Omit<Parameters<typeof trainSparseProbes>[3], 'k'>;
  },
): Promise<SparseResult[]> {
  const { train, val } = sets;
  const most = Math.max(0, ...config.kLatents);
  if (most === 0) return [];
  const { features, signal } = shared;
  const chosen = await strongestLatents(train.source, train.labels, { features, k: most, signal });
  const results: SparseResult[] = [];
  for (const k of config.kLatents) {
    const { heads } = await trainSparseProbes(train.source, train.labels, chosen, {
      ...shared,
      k,
    });
    const onTrain = await measure(train, heads);
    const onVal = await measure(val, heads);
    const all = heads.map((head, i) => ({
      head,
      rates: shared.rates[i]!,
      train: onTrain[i]!,
      val: onVal[i]!,
    }));
    const best = bestHead(all);
    const path = await saveHead(best.head, best.rates, { ...reads, kLatents: k }, config);
    const latents = chosen.byClass.map((own) => own.slice(0, k));
    results.push({
      ...best.rates,
      path,
      kLatents: k,
      train: best.train,
      val: best.val,
      latents,
    });
  }
  return results;
}

function remember(
  { source, labels, features }: LabelledSet,
  { memoryGib }: ClassifyTrainConfig,
  signal: AbortSignal | undefined,
): RememberedRows {
  const memoryBytes = memoryGib * 2 ** 30;
  return rememberRows(source, labels, { features, batchSize: READ_ROWS, memoryBytes, signal });
}

function measure(
  { source, labels, features, perExample, remembered }: ReadSet,
  heads: readonly LinearHead[],
): Promise<HeadMeasure[]> {
  const options = { features, perExample, remembered, batchSize: READ_ROWS };
  return measureHeads(source, labels, heads, options);
}

/** What a state must have been made with to be gone on from. */
function stateHash(config: ClassifyTrainConfig, { folder, layer }: LabelledSet): string {
  const { learningRate, weightDecay, batchSize, seed, patches, sae } = config;
  const said = { learningRate, weightDecay, batchSize, seed, patches, sae, folder, layer };
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 8);
}
