// Images as the examples of a visuals job.
import { visionModelOf } from '../../activations/config.ts';
import { findShards } from '../../activations/find-shards.ts';
import { liveImagesIdentity, shardsIdentity } from '../../activations/identity.ts';
import { type ActivationMetadata, readMetadata } from '../../activations/shards/metadata.ts';
import { openSource } from '../../activations/source.ts';
import { viewOf } from '../../backbones/vision/open.ts';
import { UserError } from '../../base/errors.ts';
import { number } from '../../base/text.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { openDataset } from '../../data/datasets/open-dataset.ts';
import { countAsPython } from '../../data/datasets/python-name.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { scalingOf, tellScaling } from '../coder-scaling.ts';
import type { VisualsConfig } from '../config.ts';
import type { Modality } from '../modality.ts';
import { imagePresenter } from './image-presenter.ts';
import { checkImages, writeLatentFolders } from './latent-folders.ts';
import { pagePicture } from './page-picture.ts';
import { exportTensors } from './tensor-exports.ts';

/** Entries of the sample that says which latents fire together: 4 MiB. */
const SAMPLE_ENTRIES = 2 ** 19;

const RANKINGS = {
  patch: 'their strongest patch',
  img: 'the sum over their patches',
  cls: 'one row each',
} as const;

/**
 * Open the images that activations come from.
 *
 * @throws {UserError} for images and shards that are not there.
 */
const openImageExamples: Modality['open'] = async (config, coder, { signal }) => {
  const { live, shardRoot, layer, patches } = config.data;
  const metadata =
    live === undefined ? await readMetadata(await findShards(shardRoot, config.data)) : undefined;
  const dataset = await openDataset(config.images, { signal });
  const running = live && visionModelOf(live);
  const family = metadata?.family ?? running?.family;
  const checkpoint = metadata?.checkpoint ?? running?.name;
  if (metadata !== undefined) await checkCount(config.images, dataset, metadata);
  return {
    key:
      live === undefined
        ? await shardsIdentity(shardRoot, config.data)
        : await liveImagesIdentity(live, dataset, signal),
    keep: { sampleEntries: SAMPLE_ENTRIES },
    async open() {
      const { ignore } = config;
      const scaling = scalingOf(coder, config);
      const opened = await openSource(config.data, { signal, scaling, ignore });
      tellScaling(coder, config, opened.scaling);
      return opened.source;
    },
    about: ({ meta }) => ({
      modality: 'image',
      title: `${checkpoint}, layer ${layer}`,
      facts: [
        ['Autoencoder', config.ckpt],
        ['Model', `${family} ${checkpoint}`],
        ['Layer', String(layer)],
        ['Images', number(meta.nExamples)],
        ['Rows', `${number(meta.nRows)} (${patches}${ignoredText(config)})`],
        ['Images ranked by', RANKINGS[config.sortBy]],
      ],
      token:
        sideOf(meta.nTokens) === undefined
          ? { one: 'image', many: 'images' }
          : { one: 'patch', many: 'patches' },
    }),
    async present(folder, file, latents) {
      const view = viewOf(family);
      await exportTensors(folder, file, config.formats);
      await writeLatentFolders(folder, file, dataset, {
        pictures: picturesOf(config, latents.chosen),
        view,
        concurrency: concurrencyOf(config),
        signal,
      });
      const side = sideOf(file.meta.nTokens) ?? 0;
      return imagePresenter(file, {
        nExamples: Math.min(config.pageExamples, config.topK),
        side: Number.isInteger(side) ? side : 0,
        describe: async (example) => {
          checkImages(dataset, example);
          // A set on the hub does not know its labels before they are asked for.
          const { label, source } = (await dataset.lookUp?.(example)) ?? dataset.entry(example);
          return { label, source };
        },
        picture: async (example) => pagePicture(await dataset.image(example), view),
        concurrency: concurrencyOf(config),
      });
    },
    close: () => dataset.close(),
  };
};

/** What the page says of rows that are left out. */
function ignoredText({ ignore }: Pick<VisualsConfig, 'ignore'>): string {
  const kinds = Object.entries(ignore ?? {}).filter(([, values]) => values !== undefined);
  const texts = kinds.map(([kind, values]) => `${kind} ${(values as unknown[]).join(', ')}`);
  return texts.length === 0 ? '' : `; without ${texts.join('; ')}`;
}

/** Images, and all rows that are of nothing else. */
export const imageModality: Modality = {
  name: 'image',
  fits: () => true,
  open: openImageExamples,
};

/** Pictures that are drawn of each latent: none of what was chosen at random, unless the settings ask for it. */
function picturesOf(
  { nPictures, topK, includeLatents }: VisualsConfig,
  chosen: readonly number[],
): Map<number, number> {
  const included = new Set(includeLatents);
  const all = chosen.map(
    (latent) => [latent, nPictures ?? (included.has(latent) ? topK : 0)] as const,
  );
  return new Map(all.filter(([latent, n]) => n > 0 || included.has(latent)));
}

/** Refuse fewer images than were recorded before anything is encoded. */
async function checkCount(
  config: DatasetConfig,
  dataset: ImageDataset,
  { nExamples }: ActivationMetadata,
): Promise<void> {
  const { asPython } = await countAsPython(config, dataset);
  if (asPython >= nExamples) return;
  await dataset.close();
  throw new UserError(
    `invalid images: the activations are of ${number(nExamples)}, the dataset has ${number(asPython)}`,
    { hint: 'name the images that were recorded with --images' },
  );
}

/** Patches along a side of an image; undefined where an image has one row. */
function sideOf(nTokens: number): number | undefined {
  return nTokens === 1 ? undefined : Math.sqrt(nTokens);
}

/** Images decoded at the same time: more than a few only take memory. */
function concurrencyOf({ nWorkers }: VisualsConfig): number {
  return Math.max(1, Math.min(nWorkers, 8));
}
