// saev semseg quantify: how edits of features change what a segmentation head sees, and how specific that is.

import { type SegmentedImages, segmentedImages } from '../../../activations/labels/class-maps.ts';
import { MOST_IMAGES } from '../../../activations/recording/image-model.ts';
import { readVector } from '../../../activations/shards/vector-file.ts';
import { patchTokens, takeTokens } from '../../../backbones/vision/tokens.ts';
import { UserError } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import { startProgress } from '../../../base/progress.ts';
import { counted } from '../../../base/text.ts';
import { openDataset } from '../../../data/datasets/open-dataset.ts';
import { readCoder } from '../../../sae/checkpoints/read-coder.ts';
import type { InputNormalization, SparseCoder } from '../../../sae/coder.ts';
import { type Coder, openCoder } from '../../../sae/open-coder.ts';
import { checkEditable } from '../../editing/change-codes.ts';
import { confidentLabels, type PatchLabels, patchLabels } from '../../labels/patch-labels.ts';
import { checkHead } from '../../probes/linear-head.ts';
import { shortName } from '../class-names.ts';
import { segmentedDataset } from '../segmented-data.ts';
import { type ChangeCounts, countChanges } from './changes.ts';
import { type ChosenFeatures, type CodedPatches, chooseFeatures } from './chosen-features.ts';
import type { QuantifyConfig } from './config.ts';
import { openImageEditor } from './edit-images.ts';
import { type EditedModel, openEditedModel } from './edited-model.ts';
import { imageBatches } from './image-batches.ts';
import { EDIT_METHODS, exchangeFeatures } from './methods.ts';
import { type ChangeStart, type MethodReport, reportOf } from './report.ts';
import { type WrittenQuantities, writeQuantities } from './write-quantities.ts';

const log = logger('semseg');

/** More decoded images than this only take memory. */
const MOST_WORKERS = 16;

/** What edits did, and where it is written. */
export interface Quantities extends WrittenQuantities {
  /** Names of the classes by number. */
  readonly names: readonly string[];
  readonly images: number;
  readonly reports: readonly MethodReport[];
  readonly chosen: ChosenFeatures;
  /** Classes that no patch shows, by the labels; and those that no patch was seen as. */
  readonly absent: { readonly truth: readonly string[]; readonly predictions: readonly string[] };
  /** Classes with patches for which no latent was found. */
  readonly withoutFeature: readonly string[];
}

/**
 * Edit patches in the forward pass, by each method, and count which of them a segmentation head then sees as another class:
 * patches of the class that is edited, and others; from what the head saw before, and from the truth. Tables, a chart and
 * the features that were chosen are written to `dumpTo`.
 *
 * @throws {UserError} when parts are missing or do not fit each other: a head of another width or number of classes, an
 * autoencoder of another width, a transcoder
 */
export async function quantify(
  config: QuantifyConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Quantities> {
  const read = await readCoder(config.saeCkpt, { signal });
  const dataset = await openDataset(segmentedDataset(config.imgs), { signal });
  try {
    const images = await segmentedImages(dataset);
    const model = await openEditedModel(config, signal);
    try {
      const coder = await openCoderFor(model, read, images, config, signal);
      try {
        return await measure(config, { model, coder, images, signal });
      } finally {
        await coder.close();
      }
    } finally {
      await model.backbone.close();
    }
  } finally {
    await dataset.close();
  }
}

interface Parts {
  readonly model: EditedModel;
  readonly coder: Coder;
  readonly images: SegmentedImages;
  readonly signal: AbortSignal | undefined;
}

async function measure(config: QuantifyConfig, parts: Parts): Promise<Quantities> {
  const { model, coder, images, signal } = parts;
  const { classes: names, dataset } = images;
  const nClasses = names.length;
  const labels = await patchLabels(images, model.geometry, { signal });
  const chosen = await chooseOnSplit(config, parts, labels);
  const { features, maxima } = chosen;
  const methods = EDIT_METHODS.filter(({ name }) => config.methods.includes(name));
  const { scale, vectorScale = scale, seed } = config;
  const otherFeatures = exchangeFeatures(features, seed);
  const editor = await openImageEditor(model, coder, {
    methods,
    extent: config.edit,
    tools: { features, otherFeatures, maxima, scale, vectorScale, seed },
  });

  const starts: readonly ChangeStart[] = ['predictions', 'truth'];
  const countsOf = new Map<string, ChangeCounts>();
  for (const { name } of methods)
    for (const start of starts) countsOf.set(`${name} ${start}`, countChanges(nClasses));
  const seen = new Uint32Array(nClasses);
  const shown = new Uint32Array(nClasses);
  const progress = startProgress('edit', { total: dataset.length, unit: 'images' });
  try {
    for await (const batch of imageBatches(dataset, model, batchOptions(config, signal))) {
      const own = labelsOf(labels, batch.images);
      for (const each of own) if (each > 0) shown[each]!++;
      for await (const done of editor.edit(batch, own)) {
        for (const each of done.before) seen[each]!++;
        const add = (start: ChangeStart, groups: Int32Array): void =>
          countsOf.get(`${done.method} ${start}`)!.add(groups, done.before, done.after, done.only);
        add('predictions', done.before);
        add('truth', done.labels);
      }
      progress.tick(batch.images.length);
    }
  } finally {
    progress.end();
  }
  const reports = starts.flatMap((start) =>
    methods.map(({ name }) => reportOf(name, start, countsOf.get(`${name} ${start}`)!.results())),
  );
  const classNames = (is: (each: number) => boolean): string[] =>
    [...names.keys()]
      .slice(1)
      .filter(is)
      .map((each) => shortName(names, each));
  const found = {
    names,
    images: dataset.length,
    reports,
    chosen,
    absent: {
      truth: classNames((each) => shown[each] === 0),
      predictions: classNames((each) => seen[each] === 0),
    },
    withoutFeature: classNames((each) => shown[each]! > 0 && !features.has(each)),
  };
  return { ...found, ...(await writeQuantities(config, found)) };
}

/** Choose features on the images that are edited, or on another split. */
async function chooseOnSplit(
  config: QuantifyConfig,
  parts: Parts,
  labels: PatchLabels,
): Promise<ChosenFeatures> {
  const { chooseOn, imgs, labelThreshold } = config;
  const { model, coder, images, signal } = parts;
  const choose = (of: SegmentedImages, all: PatchLabels): Promise<ChosenFeatures> =>
    chooseFeatures(coder, confidentLabels(all, { labelThreshold }), config, () =>
      patchesOf(of, model, config, signal),
    );
  if (chooseOn === undefined || chooseOn === imgs.split) return choose(images, labels);
  const dataset = await openDataset(segmentedDataset({ ...imgs, split: chooseOn }), { signal });
  try {
    const others = await segmentedImages(dataset);
    return await choose(others, await patchLabels(others, model.geometry, { signal }));
  } finally {
    await dataset.close();
  }
}

/** Patches at the hook point, as the model has them. */
async function* patchesOf(
  { dataset }: SegmentedImages,
  model: EditedModel,
  config: QuantifyConfig,
  signal: AbortSignal | undefined,
): AsyncGenerator<CodedPatches> {
  const { backbone, hook } = model;
  const tokens = patchTokens(backbone.config);
  const n = tokens.length;
  for await (const { pixels, images } of imageBatches(
    dataset,
    model,
    batchOptions(config, signal),
  )) {
    const values = await backbone.run(pixels, { record: [hook] });
    yield {
      rows: takeTokens(values.get(hook)!, tokens),
      exampleIndex: Int32Array.from(
        { length: images.length * n },
        (_, i) => images[Math.floor(i / n)]!,
      ),
      tokenIndex: Int32Array.from({ length: images.length * n }, (_, i) => i % n),
    };
  }
}

function batchOptions({ batchSize, nWorkers }: QuantifyConfig, signal: AbortSignal | undefined) {
  return {
    batchSize: Math.min(batchSize, MOST_IMAGES),
    concurrency: Math.max(1, Math.min(nWorkers, MOST_WORKERS)),
    signal,
  };
}

function labelsOf({ numbers, nTokens }: PatchLabels, images: Int32Array): Int32Array {
  const own = new Int32Array(images.length * nTokens);
  images.forEach((image, i) => {
    own.set(numbers.subarray(image * nTokens, (image + 1) * nTokens), i * nTokens);
  });
  return own;
}

/** Set the autoencoder to work, on the scale that it was trained on. */
async function openCoderFor(
  model: EditedModel,
  read: SparseCoder,
  images: SegmentedImages,
  config: QuantifyConfig,
  signal: AbortSignal | undefined,
): Promise<Coder> {
  const { backbone, head, headPath, hook } = model;
  const { dModel } = backbone.config;
  const nClasses = images.classes.length;
  checkHead(head, { dIn: dModel, nClasses }, `the segmentation head '${headPath}'`);
  if (read.config.dIn !== dModel) {
    throw new UserError(
      `the autoencoder '${config.saeCkpt}' takes rows of ${read.config.dIn} numbers, '${hook}' of ${backbone.checkpoint} has ${dModel}`,
      {
        hint: 'name the model and the layer that it was trained on: --vit-family, --vit-ckpt, --layer',
      },
    );
  }
  const normalization = await givenNormalization(config, read);
  const isUnknown = read.config.isScaleUnsaid === true && normalization === undefined;
  if (!isUnknown)
    checkEditable({ config: { ...read.config, ...(normalization && { normalization }) } });
  const sample = isUnknown ? await firstPatches(images, model, config, signal) : undefined;
  if (isUnknown) {
    log.warn(
      `'${config.saeCkpt}' does not say how its inputs were centred and scaled: estimated from ${counted(sample!.length / dModel, 'patch', 'patches')} (--act-mean, --act-norm)`,
    );
  }
  const { device, threads } = config;
  return openCoder(read, { device, threads, normalization, ...(sample && { sample }) });
}

/** The mean and the norm that the settings name. */
async function givenNormalization(
  { actMean, actNorm }: QuantifyConfig,
  { config }: SparseCoder,
): Promise<InputNormalization | undefined> {
  if (actMean === undefined && actNorm === undefined) return undefined;
  const mean = actMean === undefined ? undefined : await readVector(actMean);
  if (mean !== undefined && mean.length !== config.dIn) {
    throw new UserError(
      `invalid mean of activations '${actMean}': ${mean.length} numbers, expected ${config.dIn}`,
    );
  }
  return { ...(mean && { mean }), ...(actNorm !== undefined && { scale: actNorm }) };
}

async function firstPatches(
  images: SegmentedImages,
  model: EditedModel,
  config: QuantifyConfig,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  for await (const { rows } of patchesOf(images, model, config, signal)) return rows;
  throw new UserError(`no images in '${config.imgs.root}'`);
}
