// What the rows that a config names are, so that what was found in them is not taken for what other rows would give.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import { resolveVisionModel } from '../backbones/vision/open.ts';
import { kindOfPath } from '../base/files.ts';
import { stableJson } from '../base/json.ts';
import type { DatasetConfig } from '../data/datasets/config.ts';
import { recordedDataset } from '../data/datasets/recorded-dataset.ts';
import { originOfFiles } from '../data/files/data-origin.ts';
import type { ImageDataset } from '../data/images/images.ts';
import { bytesOf } from '../formats/tensor.ts';
import { contentHash } from '../hub/cache/content-hash.ts';
import { type DataLoad, visionModelOf } from './config.ts';
import { findShards, type WantedRows } from './find-shards.ts';
import { metadataHash, readMetadata } from './shards/metadata.ts';
import { modelOrigin, readOrigin } from './shards/origin.ts';
import { openShardIndex } from './shards/shard-index.ts';
import type { ActivationSource } from './types.ts';

/** What tells rows from others; values are compared as JSON. */
export type RowsIdentity = Readonly<Record<string, unknown>>;

/**
 * Tell recorded rows from others: by their metadata and by what they were recorded from, which for texts is their tokens.
 * Where nothing says that, as in Python's folders, by the files themselves.
 * @throws {UserError} when the shards are missing, unfinished or damaged.
 */
export async function shardsIdentity(
  shardRoot: string,
  wanted: WantedRows = {},
): Promise<RowsIdentity> {
  const folder = await findShards(shardRoot, wanted);
  const shards = metadataHash(await readMetadata(folder));
  const { data, model } = (await readOrigin(folder)) ?? {};
  const tokens = join(folder, 'tokens.bin');
  const isText = (await kindOfPath(tokens)) === 'file';
  const examples = isText ? await contentHash(tokens) : data?.hash;
  if (examples !== undefined && model !== undefined) return { shards, examples, model: model.hash };
  const { files } = await openShardIndex(folder);
  const names = files.map(({ name }) => name);
  return { shards, examples, files: (await originOfFiles(folder, names)).hash };
}

/** What tells the examples of a set from others, whatever was recorded of them and how the numbers are stored. */
export interface ExamplesIdentity {
  readonly nExamples: number;
  /** Of texts. */
  readonly tokens?: string | undefined;
  /** Of images: their files, the part of the set, and what metadata call it. */
  readonly files?: string | undefined;
  readonly part?: string | undefined;
  readonly data?: string | undefined;
}

/**
 * Tell the examples of a recording from others.
 * @throws {UserError} when it is missing or damaged.
 */
export async function recordedExamples(folder: string): Promise<ExamplesIdentity> {
  const { nExamples, data } = await readMetadata(folder);
  const tokens = join(folder, 'tokens.bin');
  if ((await kindOfPath(tokens)) === 'file') {
    return { nExamples, tokens: await contentHash(tokens) };
  }
  const files = (await readOrigin(folder))?.data?.hash;
  return { nExamples, files, data, part: partOfSet(recordedDataset(data)) };
}

/** Tell images that a model runs along over from others. */
export async function imageExamples({
  dataset,
  config,
}: {
  readonly dataset: Pick<ImageDataset, 'length' | 'origin'>;
  readonly config: DatasetConfig;
}): Promise<ExamplesIdentity> {
  const files = (await dataset.origin?.())?.hash;
  return { nExamples: dataset.length, files, part: partOfSet(config) };
}

function partOfSet(config: DatasetConfig | undefined): string | undefined {
  return config && stableJson({ ...config, root: undefined });
}

/** Whether two sets are of the same examples, as far as anything says it. */
export function areSameExamples(a: ExamplesIdentity, b: ExamplesIdentity): boolean {
  if (a.tokens !== b.tokens) return false;
  if (a.tokens !== undefined) return true;
  if (a.files === undefined || b.files === undefined) {
    return a.nExamples === b.nExamples && a.data !== undefined && a.data === b.data;
  }
  // Their numbers say less: metadata of Python's ADE20K have that of all its images.
  const isKnown = a.part !== undefined && b.part !== undefined;
  return a.files === b.files && (!isKnown || a.part === b.part);
}

/** Tell rows that a model gives while it runs over images from others: by the images and the model's files. */
export async function liveImagesIdentity(
  live: NonNullable<DataLoad['live']>,
  dataset: ImageDataset,
  signal?: AbortSignal,
): Promise<RowsIdentity> {
  const { weights, configFile, ...found } = await resolveVisionModel(visionModelOf(live), {
    ...(signal && { signal }),
  });
  const sources = configFile === undefined ? [weights] : [configFile, weights];
  const model = await modelOrigin({ checkpoint: found.name ?? weights, sources }, signal);
  const images = (await dataset.origin?.())?.hash ?? [dataset.length, hashOfNames(dataset)];
  return { images, model: model?.hash };
}

/** Contexts of the hub that are looked at before the long work: all of them would be downloaded twice. */
const HASHED_CONTEXTS = 64;

/** Tell texts that a model runs along over from others, and from themselves once they have changed. */
export async function liveTextsIdentity(
  { nExamples, contexts }: Pick<ActivationSource, 'nExamples' | 'contexts'>,
  {
    backbone,
    isRemote,
    signal,
  }: {
    readonly backbone: Pick<LanguageBackbone, 'checkpoint' | 'sources'>;
    /** Whether the texts are read over a network. */
    readonly isRemote: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<RowsIdentity> {
  const hash = createHash('sha256');
  const most = isRemote ? Math.min(nExamples, HASHED_CONTEXTS) : nExamples;
  for (let i = 0; i < most; i++) hash.update(bytesOf(await contexts!.tokens(i)));
  const model = await modelOrigin(backbone, signal);
  return { contexts: [nExamples, hash.digest('hex').slice(0, 16)], model: model?.hash };
}

/** Where a set does not say what it is, its images' names must do. */
function hashOfNames(dataset: ImageDataset): string {
  const hash = createHash('sha256');
  for (let i = 0; i < dataset.length; i++) hash.update(`${dataset.entry(i).source}\n`);
  return hash.digest('hex');
}
