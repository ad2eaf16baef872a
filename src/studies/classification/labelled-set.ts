// A set of images as rows with classes: read from shards that are there, or recorded once.
import { ActivationsConfig } from '../../activations/config.ts';
import { findShards, onlyLayer } from '../../activations/find-shards.ts';
import { record } from '../../activations/job.ts';
import { openActivations } from '../../activations/reading/shard-source.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import type { ActivationSource } from '../../activations/types.ts';
import type { VisionFamilyName } from '../../backbones/vision/families/registry.ts';
import { UserError } from '../../base/errors.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { recordedDataset } from '../../data/datasets/recorded-dataset.ts';
import type { Coder } from '../../sae/open-coder.ts';
import type { Labels } from '../labels/labels.ts';
import { checkSameImages } from '../labels/same-images.ts';
import { activationFeatures, type FeatureMap } from '../probes/features.ts';
import type { LabelledImagesConfig } from './config.ts';
import { describeImages, imageLabels } from './image-classes.ts';
import { meanCodes, wholeExamples } from './whole-examples.ts';

/** The point behind the last norm: what a classifier of the model's own would read. */
export const LAST_NORM = 'ln_final.hook_normalized';

/** What of an image is read. */
export interface RowChoice {
  readonly patches: 'cls' | 'meanpool' | 'patches';
  readonly layer?: number | string | undefined;
  readonly vitFamily: VisionFamilyName;
  readonly vitCkpt?: string | undefined;
}

/** Where a set is found, or recorded to. */
export interface SetChoice {
  /** Its name in messages: `training`. */
  readonly name: string;
  readonly images: LabelledImagesConfig | undefined;
  readonly shards: string | undefined;
}

/** How a set is recorded. */
export interface SetOptions {
  readonly dumpTo: string;
  readonly nWorkers: number;
  readonly onBadImage: 'stop' | 'skip';
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Reads codes of this coder in place of activations. */
  readonly coder?: Coder | undefined;
}

/** Rows with classes, which are closed after use. */
export interface LabelledSet {
  readonly source: ActivationSource;
  readonly labels: Labels;
  readonly features: FeatureMap;
  /** Whether an image has several rows, whose logits are averaged. */
  readonly perExample: boolean;
  /** Folder of the shards. */
  readonly folder: string;
  /** Where it comes from, for messages: `'photos'`. */
  readonly described: string;
  /** The model and the layer that were read. */
  readonly model: { readonly family: string; readonly checkpoint: string };
  readonly layer: number | string;
  close(): Promise<void>;
}

/** Checkpoint of the original, for the family that it used. */
const CLIP = 'ViT-B-16/openai';

/** More decoded images than this only take memory. */
const MOST_WORKERS = 16;

/**
 * Open the rows of a set of images as the model gives them, neither centred nor scaled, and their classes.
 * @throws {UserError} when images, model, layer or shards are missing, or do not fit each other.
 */
export async function openLabelledSet(
  set: SetChoice,
  rows: RowChoice,
  options: SetOptions,
): Promise<LabelledSet> {
  const { coder, signal } = options;
  const recorded = await shardsOf(set, rows, options);
  const { folder, layer } = recorded;
  const metadata = await readMetadata(folder);
  const images = set.images ?? (recordedDataset(metadata.data) as LabelledImagesConfig | undefined);
  if (images === undefined)
    throw new UserError(
      `the ${set.name} images are not known: '${folder}' does not say which it holds`,
      { hint: `name them with --${flagOf(set.name)}.root` },
    );
  const labels = await labelsOf(images, metadata.nExamples, folder, signal);
  const pooled = coder !== undefined && rows.patches === 'meanpool';
  const shards = await openActivations(folder, {
    layer,
    patches: pooled ? 'patches' : rows.patches,
    scaleMean: false,
    scaleNorm: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const single = coder === undefined ? activationFeatures(shards.dModel) : rawCodes(coder);
  if (coder !== undefined && coder.dIn !== shards.dModel) {
    await shards.close();
    throw new UserError(
      `the autoencoder reads rows of ${coder.dIn} numbers, layer ${layer} of '${folder}' has ${shards.dModel}`,
      { hint: 'name the layer that it was trained on with --layer' },
    );
  }
  const source = pooled ? wholeExamples(shards) : shards;
  return {
    source,
    labels,
    features: pooled ? meanCodes(single, shards.rowsPerExample) : single,
    perExample: source.rowsPerExample > 1,
    folder,
    described: describeImages(images),
    model: { family: metadata.family, checkpoint: metadata.checkpoint },
    layer,
    close: () => source.close(),
  };
}

/** Codes of rows as the model gives them. */
function rawCodes(coder: Coder): FeatureMap {
  return { width: coder.dSae, isSparse: true, of: (acts) => coder.encode(acts) };
}

async function shardsOf(
  { name, images, shards }: SetChoice,
  rows: RowChoice,
  options: SetOptions,
): Promise<{ folder: string; layer: number | string }> {
  const { coder, signal } = options;
  const ofCoder = rows.layer ?? layerOf(coder);
  if (shards !== undefined) {
    const layer = ofCoder ?? (await onlyLayer(shards, LAST_NORM)) ?? LAST_NORM;
    return { folder: await findShards(shards, { layer }), layer };
  }
  if (images === undefined)
    throw new UserError(`no ${name} images: neither images nor shards are named`, {
      hint: `--${flagOf(name)}.root names a folder of images, one folder a class`,
    });
  if (coder !== undefined && ofCoder === undefined)
    throw new UserError('the autoencoder does not say which layer it reads', {
      hint: 'name it with --layer',
    });
  const layer = ofCoder ?? LAST_NORM;
  const { vitFamily, vitCkpt = vitFamily === 'clip' ? CLIP : undefined } = rows;
  const config = ActivationsConfig.parse({
    data: images,
    dumpTo: options.dumpTo,
    vitFamily,
    vitCkpt,
    vitLayers: [layer],
    nWorkers: Math.min(options.nWorkers, MOST_WORKERS),
    onBadImage: options.onBadImage,
    threads: options.threads,
  });
  const { folder } = await record(config, signal === undefined ? {} : { signal });
  return { folder, layer };
}

/** The layer that a coder says it reads: where it belongs, or, of coders of images, what it was trained on. */
function layerOf(coder: Coder | undefined): number | string | undefined {
  if (coder === undefined) return undefined;
  const { place, metadata } = coder.config;
  if (place?.input !== undefined) return place.input;
  const { trainConfig } = metadata as { trainConfig?: { data?: { layer?: unknown } } };
  const layer = trainConfig?.data?.layer;
  return typeof layer === 'number' || typeof layer === 'string' ? layer : undefined;
}

async function labelsOf(
  images: LabelledImagesConfig,
  nExamples: number,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Labels> {
  const dataset = await openDataset(images, signal === undefined ? {} : { signal });
  try {
    if (dataset.classes.length === 0) throw new UserError('these images have no classes');
    await checkSameImages(folder, images, dataset);
    return await imageLabels(dataset, nExamples);
  } finally {
    await dataset.close();
  }
}

function flagOf(name: string): string {
  return name === 'measured' ? 'imgs' : `${name === 'training' ? 'train' : 'val'}-imgs`;
}
