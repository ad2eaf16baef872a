// saev visuals: from a coder, its activations and their examples to tensors, figures and the page.
import { join } from 'node:path';
import { locateShards } from '../activations/find-shards.ts';
import { writeFileAtomic } from '../base/files.ts';
import { makeFolder } from '../base/folders.ts';
import { lockFolder } from '../base/lock.ts';
import { logger } from '../base/log.ts';
import { number } from '../base/text.ts';
import type { ConceptMatch, PageIndex } from '../pages/feature-page.ts';
import { svgToPng } from '../pages/svg.ts';
import { readCoder } from '../sae/checkpoints/read-coder.ts';
import { chooseCoder } from '../training/runs/choose-coder.ts';
import type { VisualsConfig } from './config.ts';
import { announce, expectedFiles } from './expected-files.ts';
import { FEATURE_FILE, type FeatureFile } from './feature-file/feature-file.ts';
import { featureKey } from './feature-file/feature-key.ts';
import { distributionsFigure, frequencyValueFigure } from './figures.ts';
import { findFeatures } from './find-features.ts';
import { pageLatents, selectLatents } from './latent-choice.ts';
import { writeMap } from './map/map-file.ts';
import { relateFeatures } from './map/relations.ts';
import { modalityOf } from './modalities.ts';
import { type PageSummary, writePage } from './page/page.ts';
import { writeSiblingPages } from './page/sibling-pages.ts';
import { checkRows, rankBy } from './ranking.ts';
import { openWrittenFiles } from './written-files.ts';

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
  readonly modality: PageIndex['modality'];
  readonly page: PageSummary;
  /** Latents that the settings chose. */
  readonly latents: readonly number[];
  readonly dSae: number;
  /** Latents that never fired. */
  readonly nDead: number;
  readonly nExamples: number;
  /** Whether the features were read from an earlier job with the same settings. */
  readonly isCached: boolean;
}

/**
 * Find what every latent responds to and write it to `<dumpTo>/sort_by_<sortBy>/`: `features.safetensors`, a map of the
 * features, two figures and `index.html`; where the settings ask for them, for images the tensors in other formats and `neurons/<latent>/`, for
 * texts `neuronpedia/`; for texts always `dashboards/`. Features that an earlier job found with the same settings are used
 * again; all else that earlier jobs wrote there makes room.
 *
 * @throws {UserError} for settings and files that do not fit together, and for a folder with files of another program.
 */
export async function visualize(
  given: VisualsConfig,
  options: VisualsOptions = {},
): Promise<VisualsSummary> {
  checkRows(given);
  const { signal } = options;
  const [ckpt, data] = [await chooseCoder(given.ckpt), await locateShards(given.data)];
  const config = { ...given, ckpt, data };
  const coder = await readCoder(config.ckpt, { signal });
  const modality = await modalityOf(config);
  const examples = await modality.open(config, coder, { ...(signal && { signal }) });
  try {
    const folder = join(config.dumpTo, `sort_by_${config.sortBy}`);
    await makeFolder(folder);
    const lock = await lockFolder(folder);
    try {
      const written = await openWrittenFiles(folder);
      const key = featureKey(config, coder, examples.key);
      const { file, isCached } = await findFeatures(folder, coder, config, {
        key,
        examples,
        onOpen: (extent) => announce(folder, expectedFiles(config, extent, modality.name)),
        onWrite: () => written.note([FEATURE_FILE]),
        signal,
      });
      await written.note([FEATURE_FILE]);
      try {
        const { sparsity, meanValues } = file;
        const { dSae, nExamples } = file.meta;
        const { pageLatents: count, seed } = config;
        const chosen = selectLatents(sparsity, meanValues, config);
        const nDead = sparsity.filter((frequency) => frequency === 0).length;
        if (chosen.length === 0 && modality.name === 'image') warnOfRanges(config, dSae - nDead);
        const concepts = (options.concepts ?? []).map(({ latent }) => latent);
        const latents = pageLatents(sparsity, [...chosen, ...concepts], { count, seed });
        const relations = await relateFeatures(file, coder, { latents, folder, seed, signal });
        const page = await written
          .replace(lock.check, async (to) => {
            await writeFigures(to, file, chosen);
            const presenter = await examples.present(to, file, { chosen, page: latents });
            const summary = await writePage(to, file, presenter, {
              ...examples.about(file),
              ...(options.title && { title: options.title }),
              latents,
              rankBy: rankBy(config),
              concepts: options.concepts,
              relations,
              hasSiblings: true,
              signal,
            });
            const map = await relations.map;
            if (map !== undefined) await writeMap(to, map, { latents, key: map.key });
            return summary;
          })
          .finally(relations.close);
        const { title, facts } = examples.about(file);
        await writeSiblingPages(folder, {
          title: options.title ?? title,
          about: [facts[0]?.[1], config.sortBy].join(', '),
        });
        const path = join(folder, 'index.html');
        log.info(`${number(page.features)} features in ${path}`);
        return {
          folder,
          modality: modality.name,
          page: { ...page, path },
          latents: chosen,
          dSae,
          nDead,
          nExamples,
          isCached,
        };
      } finally {
        await file.close();
      }
    } finally {
      await lock.release();
    }
  } finally {
    await examples.close();
  }
}

function warnOfRanges(config: VisualsConfig, nLiving: number): void {
  const { logFreqRange, logValueRange, nLatents, nPictures = 0 } = config;
  if (nLiving === 0 || nLatents === 0 || nPictures === 0) return;
  const ranges = `${logFreqRange.join(' to ')} and ${logValueRange.join(' to ')}`;
  log.warn(
    `no pictures: of ${number(nLiving)} latents that fire none has log10 frequency and value within ${ranges}`,
  );
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
