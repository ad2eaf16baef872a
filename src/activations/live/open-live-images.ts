// Opens activations of images straight from a vision transformer, and images to validate on beside them.
import type { VisionBackbone } from '../../backbones/types.ts';
import { UserError } from '../../base/errors.ts';
import type { LiveConfig } from '../config.ts';
import { liveLabels } from '../ignored/labels.ts';
import {
  closingWith,
  type OpenedSource,
  type SharedOpenOptions,
  type WantedSource,
  whenLast,
  withValidation,
} from '../open-options.ts';
import { otherShards } from '../recorded-source.ts';
import {
  type ImageModel,
  MOST_IMAGES,
  openImageModel,
  openMoreImages,
} from '../recording/image-model.ts';
import type { ActivationSource } from '../types.ts';
import { keptApart, openValidation, type ValidationRows } from '../validation/rows.ts';
import { refuseSameSet } from '../validation/same-set.ts';
import { refuseTrainedImages } from '../validation/trained-images.ts';
import { type ImageSelection, liveImagesTogether } from './live-images.ts';
import { overModel } from './over-model.ts';
import { selectRows } from './select-rows.ts';

type Images = Pick<ImageModel, 'dataset' | 'images'>;

/**
 * Open a vision transformer that runs along over its images, once for all sources that are wanted.
 * @throws {UserError} when model or images are missing or damaged, or the settings do not fit each other.
 */
export async function openLiveImages(
  live: LiveConfig,
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
): Promise<OpenedSource[]> {
  for (const { data } of wanted) {
    if (data.head === undefined) continue;
    throw new UserError(`unsupported head ${data.head}: images are read by whole hook points`);
  }
  const { validation: choice, signal } = options;
  if (choice?.images !== undefined) await refuseSameSet(choice.images, live.images, 'images');
  const model = await openImageModel(live, live.images, options);
  const { backbone, dataset, images } = model;
  const shared = {
    backbone,
    layers: Array.from({ length: backbone.config.nLayers }, (_, i) => i),
    batchImages: Math.min(live.vitBatchSize, MOST_IMAGES),
    bufferImages: live.bufferImages,
    ...(signal && { signal }),
  };
  return overModel(model, async () => {
    const all = { nExamples: dataset.length, absent: [] };
    const kept = choice && keptApart(choice, all);
    const { nExamples } = all;
    const selections = selectionsOf(wanted, options, model);
    const trained = { ...shared, nExamples, images, leaveOut: kept };
    const sources = await liveImagesTogether(trained, selections);
    const opened = sources.map((source) => ({ source, scaling: source.scaling }));
    if (choice === undefined) return opened;
    const openOf =
      (own: Images, its: readonly ImageSelection[]) =>
      (leaveOut: Uint32Array, places: readonly number[]): Promise<ActivationSource[]> =>
        liveImagesTogether(
          { ...shared, nExamples: own.dataset.length, images: own.images, leaveOut },
          places.map((i) => ({ ...its[i]!, scaling: sources[i]!.scaling })),
        );
    return withValidation(opened, async (): Promise<ValidationRows[]> => {
      if (kept !== undefined) {
        const set = { ...all, open: openOf(model, selections) };
        return openValidation(choice, set, { sources, from: 'share', kept });
      }
      if (choice.images === undefined) {
        const { checkpoint } = backbone;
        const own = { dataset, config: live.images };
        return otherShards(wanted, options, { opened, checkpoint, images: own });
      }
      const more = await openMoreImages(model, choice.images, { ...live, signal });
      await refuseTrainedImages(
        { dataset: more.dataset, config: choice.images },
        { dataset, config: live.images },
      ).catch(async (error) => {
        await more.close();
        throw error;
      });
      const openMore = openOf(more, selectionsOf(wanted, options, { backbone, ...more }));
      const close = whenLast(wanted.length, more.close);
      const open = async (leaveOut: Uint32Array, places: readonly number[]) =>
        (await openMore(leaveOut, places)).map((source) => closingWith(source, close));
      const set = { nExamples: more.dataset.length, absent: [], open };
      return openValidation(choice, set, { sources, from: 'images' });
    });
  });
}

/** Which rows of the images each source reads. */
function selectionsOf(
  wanted: readonly WantedSource[],
  options: SharedOpenOptions,
  { backbone, dataset }: Pick<ImageModel, 'dataset'> & { readonly backbone: VisionBackbone },
): ImageSelection[] {
  return selectRows(wanted, {
    nExamples: dataset.length,
    absent: [],
    nPatches: backbone.config.nPatches,
    hasCls: backbone.config.hasCls,
    labels: () => liveLabels(dataset, backbone),
    signal: options.signal,
  });
}
