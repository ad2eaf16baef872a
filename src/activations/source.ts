// Opens what a job reads activations from, whichever it is: shards on disk, a model running along, or rows drawn by a law.
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import { textKindOf } from '../data/texts/sources/open-texts.ts';
import { checkOneSource, type DataLoad, type LanguageLoad, type LiveConfig } from './config.ts';
import { imageExamples } from './identity.ts';
import { type RowChoice, rowChoice } from './ignored/choose-rows.ts';
import { liveLabels } from './ignored/labels.ts';
import { liveImages } from './live/live-images.ts';
import { liveTexts } from './live/live-texts.ts';
import {
  closingWith,
  heldOutOf,
  type OpenedSource,
  type OpenOptions,
  readingOf,
  withValidation,
} from './open-options.ts';
import { openShards, otherShards } from './recorded-source.ts';
import {
  type ImageModel,
  MOST_IMAGES,
  openImageModel,
  openMoreImages,
} from './recording/image-model.ts';
import { openMoreTexts, openTextModel, type TextModel } from './recording/text-model.ts';
import { openSynthetic } from './synthetic/synthetic-source.ts';
import type { ActivationSource } from './types.ts';
import { keptApart, openValidation, refuseSameSet } from './validation.ts';

const log = logger('activations');

/**
 * Open the activations that `config` names.
 * @throws {UserError} when they are missing or damaged, or the settings do not fit each other.
 */
export async function openSource(
  config: DataLoad,
  options: OpenOptions = {},
): Promise<OpenedSource> {
  const { live, language, synthetic, head } = config;
  checkOneSource(config);
  if (synthetic !== undefined) return openSynthetic(synthetic, config, options);
  if (live !== undefined && head !== undefined) {
    throw new UserError(`unsupported head ${head}: images are read by whole hook points`);
  }
  const opened =
    language !== undefined
      ? await openLiveTexts(language, config, options)
      : live !== undefined
        ? await openLiveImages(live, config, options)
        : await openShards(config, options);
  const { leftOut, length } = opened.source;
  if (leftOut !== undefined) {
    log.info(`${number(leftOut)} of ${number(leftOut + length)} rows are ignored`);
  }
  return opened;
}

/** A language model that runs along over its texts. */
async function openLiveTexts(
  language: LanguageLoad,
  config: DataLoad,
  options: OpenOptions,
): Promise<OpenedSource> {
  const { texts, batchContexts, bufferContexts } = language;
  const { validation: choice } = options;
  if (choice?.texts !== undefined) await refuseSameSet(choice.texts, texts, 'texts');
  const model = await openTextModel(language, texts, options);
  const { backbone, contexts, nContexts } = model;
  const reading = { ...readingOf(config, options), backbone, batchContexts, bufferContexts };
  return overModel(model, async () => {
    const { isRemote } = textKindOf(texts);
    const all = { nExamples: nContexts, absent: [] };
    const kept = choice && keptApart(choice, { ...all, isRemote });
    const heldOut = heldOutOf(nContexts, options);
    const rowsOf = (own: Pick<TextModel, 'contexts' | 'nContexts'>): RowChoice =>
      rowChoice(options.ignore, {
        nExamples: own.nContexts,
        absent: [],
        nPatches: language.contextSize,
        hasCls: false,
        patches: config.patches,
        contexts: async () => own.contexts,
        tokenizer: async () => model.tokenizer,
        signal: options.signal,
      });
    const rows = rowsOf(model);
    const trained = { ...reading, contexts, nContexts, heldOut, leaveOut: kept };
    const source = await liveTexts({ ...trained, ...rows });
    const { scaling } = source;
    const opened = { source, scaling, language: model };
    if (choice === undefined) return opened;
    return withValidation(opened, async () => {
      const openOf =
        (own: Pick<TextModel, 'contexts' | 'nContexts'>, its = rowsOf(own)) =>
        (leaveOut: Uint32Array): Promise<ActivationSource> =>
          liveTexts({ ...reading, ...own, ...its, scaling, leaveOut });
      if (kept !== undefined) {
        const set = { ...all, open: openOf(model, rows) };
        return openValidation(choice, set, { source, from: 'share', kept });
      }
      if (choice.texts === undefined) {
        return otherShards(config, options, { ...opened, checkpoint: backbone.checkpoint });
      }
      const asked = { ...language, nContexts: choice.nContexts };
      const more = await openMoreTexts(backbone, asked, choice.texts, options);
      const set = { nExamples: more.nContexts, absent: [], open: openOf(more) };
      return openValidation(choice, set, { source, from: 'texts' });
    });
  });
}

/** A vision transformer that runs along over its images. */
async function openLiveImages(
  live: LiveConfig,
  config: DataLoad,
  options: OpenOptions,
): Promise<OpenedSource> {
  const { validation: choice } = options;
  if (choice?.images !== undefined) await refuseSameSet(choice.images, live.images, 'images');
  const model = await openImageModel(live, live.images, options);
  const { backbone, dataset, images } = model;
  const reading = {
    ...readingOf(config, options),
    backbone,
    layers: Array.from({ length: backbone.config.nLayers }, (_, i) => i),
    batchImages: Math.min(live.vitBatchSize, MOST_IMAGES),
    bufferImages: live.bufferImages,
  };
  return overModel(model, async () => {
    const all = { nExamples: dataset.length, absent: [] };
    const kept = choice && keptApart(choice, all);
    const { nExamples } = all;
    const rowsOf = (own: Pick<ImageModel, 'dataset'>): RowChoice =>
      rowChoice(options.ignore, {
        nExamples: own.dataset.length,
        absent: [],
        nPatches: backbone.config.nPatches,
        hasCls: backbone.config.hasCls,
        patches: config.patches,
        labels: () => liveLabels(own.dataset, backbone),
        signal: options.signal,
      });
    const rows = rowsOf(model);
    const source = await liveImages({ ...reading, ...rows, nExamples, images, leaveOut: kept });
    const { scaling } = source;
    const opened = { source, scaling };
    if (choice === undefined) return opened;
    return withValidation(opened, async () => {
      const openOf =
        (own: Pick<ImageModel, 'dataset' | 'images'>, its = rowsOf(own)) =>
        (leaveOut: Uint32Array): Promise<ActivationSource> =>
          liveImages({
            ...reading,
            ...own,
            ...its,
            nExamples: own.dataset.length,
            scaling,
            leaveOut,
          });
      if (kept !== undefined) {
        return openValidation(
          choice,
          { ...all, open: openOf(model, rows) },
          { source, from: 'share', kept },
        );
      }
      if (choice.images === undefined) {
        const { checkpoint } = backbone;
        const own = () => imageExamples(dataset, live.images);
        return otherShards(config, options, { ...opened, checkpoint, images: own });
      }
      const more = await openMoreImages(model, choice.images, { ...live, signal: options.signal });
      const open = async (leaveOut: Uint32Array): Promise<ActivationSource> =>
        closingWith(await openOf(more)(leaveOut), more.close);
      const set = { nExamples: more.dataset.length, absent: [], open };
      return openValidation(choice, set, { source, from: 'images' });
    });
  });
}

/** Open a source over a model; from then on the source closes it. */
async function overModel(
  model: { close(): Promise<void> },
  open: () => Promise<OpenedSource>,
): Promise<OpenedSource> {
  try {
    const opened = await open();
    return { ...opened, source: closingWith(opened.source, () => model.close()) };
  } catch (error) {
    await model.close();
    throw error;
  }
}
