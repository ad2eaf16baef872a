// Opens what a job reads activations from, whichever it is: shards on disk, or a model running along.
import { UserError } from '../base/errors.ts';
import type { DataLoad, LanguageLoad, LiveConfig } from './config.ts';
import { findShards } from './find-shards.ts';
import { liveImages } from './live/live-images.ts';
import type { LiveSource } from './live/live-source.ts';
import { liveTexts } from './live/live-texts.ts';
import type { Scaling } from './reading/scaling.ts';
import { openActivations } from './reading/shard-source.ts';
import { MOST_IMAGES, openImageModel } from './recording/image-model.ts';
import { openTextModel, type TextModel } from './recording/text-model.ts';
import { recordedHeads } from './recording/text-points.ts';
import { readTexts } from './shards/context-files.ts';
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

/** Contexts for each one held out, at least. */
export const HOLD_OUT_FROM = 20;

/** How a source of activations is opened. */
export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly scaling?: Scaling;
  readonly threads?: number;
  /** Contexts of texts that no batch should take, the first ones: held out where there are 20 times as many. */
  readonly holdOut?: number;
}

/** Contexts that are held out of a set: as many as wanted, or, of a small set, none. */
function heldOutOf(nContexts: number, { holdOut = 0 }: Pick<OpenOptions, 'holdOut'>): number {
  return holdOut * HOLD_OUT_FROM <= nContexts ? holdOut : 0;
}

/**
 * Open the activations that `config` names.
 * @throws {UserError} when they are missing or damaged, or the settings do not fit each other.
 */
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
    return openLiveTexts(language, { ...reading, head, ...options });
  }
  if (live !== undefined) {
    if (head !== undefined) {
      throw new UserError(`unsupported head ${head}: images are read by whole hook points`);
    }
    return openLiveImages(live, { ...reading, ...options });
  }
  const folder = await findShards(shardRoot, config);
  const { layers, nExamples } = await readMetadata(folder);
  const isText = (await readTexts(folder)) !== undefined;
  const source = await openActivations(folder, {
    ...recordedHeads(reading, head, layers),
    ...options,
    ...(isText ? { heldOut: heldOutOf(nExamples, options) } : {}),
  });
  return { source, scaling: source.scaling };
}

type LiveReading = Omit<DataLoad, 'shardRoot' | 'live' | 'language'> & OpenOptions;

/** A language model that runs along over its texts. */
async function openLiveTexts(language: LanguageLoad, reading: LiveReading): Promise<OpenedSource> {
  const { texts, batchContexts, bufferContexts } = language;
  const model = await openTextModel(language, texts, reading);
  const heldOut = heldOutOf(model.nContexts, reading);
  const options = { ...reading, ...model, batchContexts, bufferContexts, heldOut };
  return { ...(await overModel(model, () => liveTexts(options))), language: model };
}

/** A vision transformer that runs along over its images. */
async function openLiveImages(live: LiveConfig, reading: LiveReading): Promise<OpenedSource> {
  const model = await openImageModel(live, live.images, reading);
  const { backbone, dataset, images } = model;
  return overModel(model, () =>
    liveImages({
      ...reading,
      backbone,
      nExamples: dataset.length,
      images,
      layers: Array.from({ length: backbone.config.nLayers }, (_, i) => i),
      batchImages: Math.min(live.vitBatchSize, MOST_IMAGES),
      bufferImages: live.bufferImages,
    }),
  );
}

/** Open a source over a model; from then on the source closes it. */
async function overModel(
  model: { close(): Promise<void> },
  open: () => Promise<LiveSource>,
): Promise<OpenedSource> {
  try {
    const source = await open();
    const close = async (): Promise<void> => {
      await source.close();
      await model.close();
    };
    // The source's own properties change as examples turn out broken, so they are not copied.
    const closing = Object.create(source, { close: { value: close } }) as ActivationSource;
    return { source: closing, scaling: source.scaling };
  } catch (error) {
    await model.close();
    throw error;
  }
}
