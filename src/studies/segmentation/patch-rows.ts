// The patches of segmented images as rows: read from shards that are there, or recorded once.

import { join } from 'node:path';
import { findShards } from '../../activations/find-shards.ts';
import { segmentedImages } from '../../activations/labels/class-maps.ts';
import {
  type PatchGeometry,
  patchGeometry,
  squashed,
} from '../../activations/labels/patch-geometry.ts';
import { patchGeometryOfShards } from '../../activations/labels/shard-geometry.ts';
import { openActivations, type ShardSource } from '../../activations/reading/shard-source.ts';
import { MOST_IMAGES, openImageModel } from '../../activations/recording/image-model.ts';
import { recordImages } from '../../activations/recording/record-images.ts';
import { readMetadata } from '../../activations/shards/metadata.ts';
import { modelOrigin } from '../../activations/shards/origin.ts';
import {
  VISION_FAMILIES,
  type VisionFamilyName,
} from '../../backbones/vision/families/registry.ts';
import { UserError } from '../../base/errors.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { countAsPython, pythonName } from '../../data/datasets/python-name.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { loadImages, range } from '../../data/images/loading.ts';
import { checkSameImages } from '../labels/same-images.ts';
import type { PatchRows } from './evaluate-heads.ts';

/** Which point of which model is read, and how images come to its size. */
export interface PatchModel {
  readonly vitFamily: VisionFamilyName;
  readonly vitCkpt?: string | undefined;
  readonly vitLayer: number | string;
  readonly resize: 'model' | 'squash';
}

/** How rows are found or made. */
export interface PatchRowOptions {
  /** Shards of these images; recorded where they are left out. */
  readonly shards?: string | undefined;
  /** Folder for what is recorded. */
  readonly recordTo: string;
  readonly nWorkers: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of patches, which are closed after use. */
export interface OpenPatchRows extends PatchRows {
  readonly source: ShardSource;
  /** Name of the checkpoint. */
  readonly checkpoint: string;
  readonly family: string;
  close(): Promise<void>;
}

/** More decoded images than this only take memory. */
const MOST_WORKERS = 16;

/** Name the checkpoint that is meant: the original's where the family is left to it. */
export function checkpointOf({ vitFamily, vitCkpt }: PatchModel): string | undefined {
  return vitCkpt ?? (vitFamily === 'dinov2' ? 'dinov2_vitb14_reg' : undefined);
}

/**
 * Open the patches of images as rows, as the model gives them: neither centred nor scaled.
 * @throws {UserError} when images, maps, model or shards are missing, or do not fit each other.
 */
export async function openPatchRows(
  config: DatasetConfig,
  model: PatchModel,
  options: PatchRowOptions,
): Promise<OpenPatchRows> {
  const { shards, signal } = options;
  const dataset = await openDataset(config, { signal });
  try {
    const images = await segmentedImages(dataset);
    const found =
      shards === undefined
        ? await recordPatches(config, dataset, model, options)
        : await shardsOf(shards, config, dataset, model);
    const source = await openActivations(found.folder, {
      layer: model.vitLayer,
      scaleMean: false,
      scaleNorm: false,
      ...(signal === undefined ? {} : { signal }),
    });
    const close = async (): Promise<void> => {
      await source.close();
      await dataset.close();
    };
    return { ...found, images, source, close };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/** Name the model that rows come from. */
export function modelOf({
  family,
  checkpoint,
}: Pick<OpenPatchRows, 'family' | 'checkpoint'>): Pick<PatchModel, 'vitFamily' | 'vitCkpt'> {
  const known = VISION_FAMILIES.find(({ name }) => name === family);
  if (known === undefined)
    throw new UserError(`unsupported activations: they are of the family '${family}'`);
  return { vitFamily: known.name, vitCkpt: checkpoint };
}

/**
 * Refuse rows of two models.
 * @throws {UserError} that names both.
 */
export function checkSameModel(
  first: Pick<OpenPatchRows, 'family' | 'checkpoint'>,
  second: Pick<OpenPatchRows, 'family' | 'checkpoint'>,
): void {
  if (first.family === second.family && first.checkpoint === second.checkpoint) return;
  throw new UserError(
    `activations of two models: '${first.checkpoint}' (${first.family}) and '${second.checkpoint}' (${second.family})`,
    { hint: `give --vit-family ${first.family} --vit-ckpt ${first.checkpoint}, or other shards` },
  );
}

interface FoundShards {
  readonly folder: string;
  readonly geometry: PatchGeometry;
  readonly family: string;
  readonly checkpoint: string;
}

async function shardsOf(
  root: string,
  config: DatasetConfig,
  dataset: ImageDataset,
  { vitLayer, resize }: PatchModel,
): Promise<FoundShards> {
  const folder = await findShards(root, { layer: vitLayer });
  const metadata = await readMetadata(folder);
  await checkSameImages(folder, config, dataset);
  const geometry = await patchGeometryOfShards(metadata);
  const { family, checkpoint } = metadata;
  return {
    folder,
    geometry: resize === 'squash' ? squashed(geometry) : geometry,
    family,
    checkpoint,
  };
}

async function recordPatches(
  config: DatasetConfig,
  images: ImageDataset,
  model: PatchModel,
  { recordTo, nWorkers, threads, signal }: PatchRowOptions,
): Promise<FoundShards> {
  const concurrency = Math.max(1, Math.min(nWorkers, MOST_WORKERS));
  const choice = {
    vitFamily: model.vitFamily,
    vitCkpt: checkpointOf(model),
    nWorkers: concurrency,
  };
  const opened = await openImageModel({ ...choice, onBadImage: 'stop' }, config, {
    threads,
    signal,
  });
  const { backbone, dataset } = opened;
  try {
    const own = patchGeometry(backbone);
    const isSquashed = model.resize === 'squash';
    const geometry = isSquashed ? squashed(own) : own;
    const { folder } = await recordImages({
      backbone,
      images: (from) =>
        loadImages(dataset, {
          transform: geometry.transform,
          indices: range(from, dataset.length),
          concurrency,
          ...(signal === undefined ? {} : { signal }),
        }),
      layers: [model.vitLayer],
      // What metadata say of a recording does not tell how images were resized.
      dumpTo: isSquashed ? join(recordTo, 'squashed') : recordTo,
      data: pythonName(config),
      nExamples: countAsPython(config, images).asPython,
      nGiven: dataset.length,
      origin: async () => ({
        data: await dataset.origin?.(),
        model: await modelOrigin(backbone, signal),
      }),
      sourceOf: (index) => dataset.entry(index).source,
      batchSize: MOST_IMAGES,
      ...(signal === undefined ? {} : { signal }),
    });
    return { folder, geometry, family: backbone.family, checkpoint: backbone.checkpoint };
  } finally {
    await opened.close();
  }
}
