// Opens what a job reads activations from, whichever it is: shards on disk, or a model running along.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openVisionModel } from '../backbones/vision/open.ts';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { openDataset } from '../data/datasets/open-dataset.ts';
import { loadImages } from '../data/images/loading.ts';
import { type DataLoad, type LanguageLoad, visionModelOf } from './config.ts';
import { liveImages } from './live/live-images.ts';
import { liveTexts } from './live/live-texts.ts';
import type { Scaling } from './reading/scaling.ts';
import { openActivations } from './reading/shard-source.ts';
import { openTextModel, type TextModel } from './recording/text-model.ts';
import { recordedHeads } from './recording/text-points.ts';
import { readMetadata } from './shards/metadata.ts';
import type { ActivationSource } from './types.ts';

/** Activations and how their rows are scaled. */
export interface OpenedSource {
  readonly source: ActivationSource;
  /** What was done to each row. */
  readonly scaling: Scaling;
  /** The language model that runs along, and its tokenizer; the source closes them. */
  readonly language?: Pick<TextModel, 'backbone' | 'tokenizer'>;
}

interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly scaling?: Scaling;
  readonly threads?: number;
}

/** Open the activations that `config` names. Throws a UserError when they are missing or damaged. */
export async function openSource(
  config: DataLoad,
  options: OpenOptions = {},
): Promise<OpenedSource> {
  const { shardRoot, live, language, head, ...reading } = config;
  if (live !== undefined && language !== undefined) {
    throw new UserError('invalid choice of activations: both data.live and data.language', {
      hint: 'images run through live, texts through language: leave one of them out',
    });
  }
  if (language !== undefined) {
    return openTextsConfigured(language, { ...reading, head, ...options });
  }
  if (live !== undefined) {
    if (head !== undefined) {
      throw new UserError(`unsupported head ${head}: images are read by whole hook points`);
    }
    return openLiveConfigured(live, { ...reading, ...options });
  }
  const folder = await findShards(shardRoot);
  const { layers } = await readMetadata(folder);
  const source = await openActivations(folder, {
    ...recordedHeads(reading, head, layers),
    ...options,
  });
  return { source, scaling: source.scaling };
}

/** A language model that runs along: its texts, its weights and the source over them, closed together. */
async function openTextsConfigured(
  language: LanguageLoad,
  reading: Omit<DataLoad, 'shardRoot' | 'live' | 'language'> & OpenOptions,
): Promise<OpenedSource> {
  const { texts, batchContexts, bufferContexts } = language;
  const model = await openTextModel(language, texts, reading);
  try {
    const source = await liveTexts({ ...reading, ...model, batchContexts, bufferContexts });
    const close = async (): Promise<void> => {
      await source.close();
      await model.close();
    };
    const closing = Object.create(source, { close: { value: close } }) as ActivationSource;
    return { source: closing, scaling: source.scaling, language: model };
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** A model that runs along: its images, its weights and the source over them, closed together. */
async function openLiveConfigured(
  live: NonNullable<DataLoad['live']>,
  reading: Omit<DataLoad, 'shardRoot' | 'live' | 'language' | 'head'> & OpenOptions,
): Promise<OpenedSource> {
  const { signal, threads } = reading;
  const dataset = await openDataset(live.images, { signal });
  try {
    const backbone = await openVisionModel(visionModelOf(live), { threads, signal });
    try {
      const source = await liveImages({
        ...reading,
        backbone,
        nExamples: dataset.length,
        images: (indices) =>
          loadImages(dataset, {
            transform: (image) => backbone.preprocess(image),
            indices,
            concurrency: Math.max(1, live.nWorkers),
            onBad: live.onBadImage,
            signal,
          }),
        layers: Array.from({ length: backbone.config.nLayers }, (_, i) => i),
        batchImages: Math.min(live.vitBatchSize, 32),
        bufferImages: live.bufferImages,
      });
      const close = async (): Promise<void> => {
        await source.close();
        await backbone.close();
        await dataset.close();
      };
      // The source's own properties change as images turn out broken, so they are not copied.
      const closing = Object.create(source, { close: { value: close } }) as ActivationSource;
      return { source: closing, scaling: source.scaling };
    } catch (error) {
      await backbone.close();
      throw error;
    }
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/**
 * Find the folder of shards at `root`: itself, or the only one inside it (recording makes a folder named by a hash there).
 * Throws a UserError when there is none, or a choice.
 */
export async function findShards(root: string): Promise<string> {
  if ((await kindOfPath(join(root, 'metadata.json'))) === 'file') return root;
  if ((await kindOfPath(root)) !== 'folder') {
    throw new UserError(`missing activations: there is no folder '${root}'`, {
      hint: "record some with 'saev activations', or name their folder with --data.shard-root",
    });
  }
  const found: string[] = [];
  for (const name of await readdir(root)) {
    if ((await kindOfPath(join(root, name, 'metadata.json'))) === 'file')
      found.push(join(root, name));
  }
  if (found.length === 1) return found[0]!;
  if (found.length === 0)
    throw new UserError(`missing activations: '${root}' holds no metadata.json`);
  throw new UserError(`'${root}' holds ${found.length} folders of activations: which one?`, {
    hint: `name one with --data.shard-root, such as ${found[0]}`,
  });
}
