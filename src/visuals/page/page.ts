// index.html: the feature page, filled with what was collected. It opens from the disk, without a server.
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/files.ts';
import { replaceFolders } from '../../base/folders.ts';
import {
  type ConceptMatch,
  PAGE_NAMES,
  PAGE_VERSION,
  type PageChunk,
  type PageIndex,
} from '../../pages/feature-page.ts';
import { packIndex } from '../../pages/features/packed-index.ts';
import { island, pageFiles } from '../../pages/page-files.ts';
import { fillTemplate, readTemplate } from '../../pages/template.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import type { Relations } from '../map/relations.ts';
import { type FeatureLabel, featureColumns, otherDots } from './feature-columns.ts';
import type { PagePresenter } from './presenter.ts';

/** Features in one chunk: what is loaded together. */
const CHUNK_SIZE = 16;

/** What the page shows besides the examples. */
export interface PageOptions {
  /** Latents to show, in any order. */
  readonly latents: readonly number[];
  readonly title: string;
  /** Facts about the run, as label and text. */
  readonly facts: PageIndex['facts'];
  readonly rankBy: PageIndex['rankBy'];
  readonly token: PageIndex['token'];
  readonly concepts?: readonly ConceptMatch[];
  /** The map of the features, in the order of `latents`, and what is near each. */
  readonly relations?: Omit<Relations, 'close'>;
  /** Whether a list of the pages near it will stand beside it. */
  readonly hasSiblings?: boolean;
  readonly inlineLimit?: number;
  /** The built page without data; that of this package by default. */
  readonly template?: string;
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface PageSummary {
  readonly path: string;
  readonly features: number;
  /** Images, or contexts, that it refers to. */
  readonly examples: number;
  /** Whether the page is one file. */
  readonly isSingleFile: boolean;
}

/** Folders beside the page, when their content is too large to be inside. */
const BESIDE = ['data', 'images'];

/**
 * Write `index.html` into `folder`, with `data/` and `images/` beside it when they are too large to be inside.
 * All is made in a folder of its own first: a page that stood there before stays whole until the new one is.
 */
export async function writePage(
  folder: string,
  features: FeatureFile,
  presenter: PagePresenter,
  options: PageOptions,
): Promise<PageSummary> {
  const template = await readTemplate('features', options.template);
  const path = join(folder, 'index.html');
  const { islands, summary } = await replaceFolders(folder, BESIDE, (staging) =>
    makePage(staging, features, presenter, options),
  );
  await writeFileAtomic(path, fillTemplate(template, islands));
  return { path, ...summary };
}

async function makePage(
  folder: string,
  features: FeatureFile,
  presenter: PagePresenter,
  options: PageOptions,
): Promise<{ islands: string[]; summary: Omit<PageSummary, 'path'> }> {
  const { sparsity } = features;
  const { relations } = options;
  const latents = [...options.latents].sort((a, b) => sparsity[b]! - sparsity[a]! || a - b);

  const chunks = pageFiles(folder, options.inlineLimit);
  const labels: FeatureLabel[] = [];
  for (let start = 0; start < latents.length; start += CHUNK_SIZE) {
    options.signal?.throwIfAborted();
    const together = latents.slice(start, start + CHUNK_SIZE);
    const { chunk: described, labels: own } = await presenter.chunk(together);
    labels.push(...own);
    const chunk = relations === undefined ? described : withNearest(described, together, relations);
    const n = start / CHUNK_SIZE;
    const text = JSON.stringify(chunk);
    await chunks.add({
      file: PAGE_NAMES.chunkFile(n),
      bytes: Buffer.from(`${PAGE_NAMES.receive}(${n},${text})`),
      inline: island(PAGE_NAMES.chunk(n), text),
    });
  }
  const examples = await presenter.finish(folder, options);
  const { modality, ...files } = examples.index;
  const { coder } = features.meta.key;
  const index = {
    version: PAGE_VERSION,
    modality,
    title: options.title,
    facts: options.facts,
    ...(typeof coder === 'string' && { coder }),
    dSae: features.meta.dSae,
    nDead: features.sparsity.filter((frequency) => frequency === 0).length,
    rankBy: options.rankBy,
    token: options.token,
    features: featureColumns(features, latents, labels),
    others: otherDots(features, latents),
    ...(relations && (await mapFacts(relations, options.latents, latents))),
    percentile: features.meta.percentile,
    histogramEdges: Array.from(features.histogramEdges, (edge) => Number(edge.toFixed(4))),
    chunkSize: CHUNK_SIZE,
    ...files,
    concepts: options.concepts,
    hasSiblings: options.hasSiblings,
  } as PageIndex;
  const islands = [
    island(PAGE_NAMES.index, JSON.stringify(packIndex(index))),
    ...chunks.inline(),
    ...examples.islands,
  ];
  const summary = {
    features: latents.length,
    examples: examples.nExamples,
    isSingleFile: chunks.isInline && examples.isInline,
  };
  return { islands, summary };
}

function withNearest(
  chunk: PageChunk,
  latents: readonly number[],
  { nearest }: Pick<Relations, 'nearest'>,
): PageChunk {
  const features = chunk.features.map((feature, i) => ({
    ...feature,
    nearest: nearest(latents[i]!),
  }));
  return { ...chunk, features } as PageChunk;
}

/** The map in the order of the page. */
async function mapFacts(
  { map: laidOut, noMap, sampledRows }: Omit<Relations, 'close' | 'nearest'>,
  given: readonly number[],
  shown: readonly number[],
): Promise<Pick<PageIndex, 'map' | 'noMap' | 'sampledRows'>> {
  const map = await laidOut;
  const places = new Map(given.map((latent, i) => [latent, i]));
  const inOrder = (column: Float32Array): Float32Array =>
    Float32Array.from(shown, (latent) => column[places.get(latent)!]!);
  return {
    ...(map && { map: { x: inOrder(map.x), y: inOrder(map.y) } }),
    ...(noMap !== undefined && { noMap }),
    ...(sampledRows !== undefined && { sampledRows }),
  };
}
