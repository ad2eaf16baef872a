// saev visuals: from an autoencoder, its activations and their images to tensors, figures, pictures and the page.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActivationMetadata, metadataHash, readMetadata } from '../activations/metadata.ts';
import { findShards } from '../activations/source.ts';
import { diskError, writeFileAtomic } from '../base/files.ts';
import { lockFolder } from '../base/folder-lock.ts';
import { logger } from '../base/log.ts';
import { number } from '../base/progress.ts';
import { openDataset } from '../data/datasets.ts';
import type { ImageDataset } from '../data/images.ts';
import { openCoder } from '../sae/open-coder.ts';
import type { VisualsConfig } from './config.ts';
import type { FeatureFile } from './feature-file.ts';
import { featureKey } from './feature-key.ts';
import { checkRows, findFeatures } from './feature-stage.ts';
import { distributionsFigure, frequencyValueFigure, svgToPng } from './figures.ts';
import { checkImages, writeLatentFolders } from './latent-folders.ts';
import { type PageSummary, writePage } from './page.ts';
import type { ConceptMatch } from './page-data.ts';
import { pagePicture, viewOf } from './page-picture.ts';
import { pageLatents, selectLatents } from './selection.ts';
import { exportTensors } from './tensor-exports.ts';

const log = logger('visuals');

/** What the page shows beyond the job itself. */
export interface VisualsOptions {
  readonly signal?: AbortSignal;
  /** Concepts of the data and their best latents, for the page. */
  readonly concepts?: readonly ConceptMatch[];
  /** Title of the page; the model and the layer by default. */
  readonly title?: string;
}

/** What a visuals job wrote. */
export interface VisualsSummary {
  /** Folder that everything was written to. */
  readonly folder: string;
  readonly page: PageSummary;
  /** Latents with pictures under `neurons/`. */
  readonly latents: readonly number[];
  readonly dSae: number;
  /** Latents that never fired. */
  readonly nDead: number;
  readonly nExamples: number;
  /** Whether the features were read from an earlier job with the same settings. */
  readonly isCached: boolean;
}

/**
 * Find what every latent responds to and write it to `<dumpTo>/sort_by_<sortBy>/`: `features.safetensors` and its
 * tensors in other formats, two figures, `neurons/<latent>/` and `index.html`. Features that an earlier job found with
 * the same settings are used again. Throws a UserError for settings and files that do not fit together.
 */
export async function makeVisuals(
  config: VisualsConfig,
  options: VisualsOptions = {},
): Promise<VisualsSummary> {
  checkRows(config);
  const { signal } = options;
  const coder = await openCoder(config.ckpt, { signal });
  const metadata =
    config.data.live === undefined
      ? await readMetadata(await findShards(config.data.shardRoot))
      : undefined;
  const dataset = await openDataset(config.images, { signal });
  const folder = join(config.dumpTo, `sort_by_${config.sortBy}`);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw diskError(error, folder);
  });
  const lock = await lockFolder(folder);
  try {
    const shards = metadata && metadataHash(metadata);
    const key = featureKey(config, coder, shards);
    const { file, isCached } = await findFeatures(folder, coder, config, { key, signal });
    try {
      await exportTensors(folder, config);
      const { sparsity, meanValues } = file;
      const latents = selectLatents(sparsity, meanValues, config);
      await writeFigures(folder, file, latents);
      await writeLatentFolders(folder, file, dataset, {
        latents,
        nPictures: config.nPictures ?? config.topK,
        concurrency: concurrencyOf(config),
        signal,
      });
      const page = await pageOf(folder, file, { config, dataset, metadata, latents, options });
      const nDead = sparsity.filter((frequency) => frequency === 0).length;
      const { dSae, nExamples } = file.meta;
      log.info(`${number(page.features)} features in ${page.path}`);
      return { folder, page, latents, dSae, nDead, nExamples, isCached };
    } finally {
      await file.close();
    }
  } finally {
    await lock.release();
    await dataset.close();
  }
}

async function writeFigures(
  folder: string,
  file: FeatureFile,
  latents: readonly number[],
): Promise<void> {
  const distributions = await file.distributions();
  const figures = {
    [`${distributions.nLatents}_activation_distributions`]:
      distributions.nLatents === 0 ? undefined : await distributionsFigure(distributions),
    frequency_value: await frequencyValueFigure(file.sparsity, file.meanValues, latents),
  };
  for (const [name, svg] of Object.entries(figures)) {
    if (svg === undefined) continue;
    await writeFileAtomic(join(folder, `${name}.svg`), svg);
    await writeFileAtomic(join(folder, `${name}.png`), await svgToPng(svg));
  }
}

async function pageOf(
  folder: string,
  file: FeatureFile,
  job: {
    config: VisualsConfig;
    dataset: ImageDataset;
    metadata: ActivationMetadata | undefined;
    latents: readonly number[];
    options: VisualsOptions;
  },
): Promise<PageSummary> {
  const { config, dataset, metadata, options } = job;
  const { nTokens, nExamples, nRows } = file.meta;
  const { concepts, signal } = options;
  const family = metadata?.family ?? config.data.live?.vitFamily;
  const checkpoint = metadata?.checkpoint ?? config.data.live?.vitCkpt;
  const view = viewOf(family);
  const side = nTokens === 1 ? 0 : Math.sqrt(nTokens);
  const wanted = [...job.latents, ...(concepts ?? []).map(({ latent }) => latent)];
  return writePage(folder, file, {
    latents: pageLatents(file.sparsity, wanted, { count: config.pageLatents, seed: config.seed }),
    nExamples: Math.min(config.pageExamples, config.topK),
    title: options.title ?? `${checkpoint}, layer ${config.data.layer}`,
    facts: [
      ['Autoencoder', config.ckpt],
      ['Model', `${family} ${checkpoint}`],
      ['Layer', String(config.data.layer)],
      ['Images', number(nExamples)],
      ['Rows', `${number(nRows)} (${config.data.patches})`],
      ['Images ranked by', RANKINGS[config.sortBy]],
    ],
    rankBy: config.sortBy === 'img' ? 'sum' : 'max',
    token: side > 0 ? { one: 'patch', many: 'patches' } : { one: 'image', many: 'images' },
    side: Number.isInteger(side) ? side : 0,
    concepts,
    describe: (example) => {
      checkImages(dataset, example);
      const { label, source } = dataset.entry(example);
      return { label, source };
    },
    picture: async (example) => pagePicture(await dataset.image(example), view),
    concurrency: concurrencyOf(config),
    signal,
  });
}

const RANKINGS = {
  patch: 'their strongest patch',
  img: 'the sum over their patches',
  cls: 'one row each',
} as const;

/** Images decoded at the same time: more than a few only take memory. */
function concurrencyOf({ nWorkers }: VisualsConfig): number {
  return Math.max(1, Math.min(nWorkers, 8));
}
