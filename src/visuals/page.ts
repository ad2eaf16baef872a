// index.html: the feature page, filled with what was collected. It opens from the disk, without a server.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors.ts';
import { diskError, writeFileAtomic } from '../base/files.ts';
import { startProgress } from '../base/progress.ts';
import { mapAhead } from '../data/map-ahead.ts';
import type { FeatureFile } from './feature-file.ts';
import {
  type ConceptMatch,
  PAGE_NAMES,
  PAGE_VERSION,
  type PageChunk,
  type PageIndex,
} from './page-data.ts';
import { describeFeature, featureColumns, otherDots } from './page-features.ts';
import { island, type PageFiles, pageFiles } from './page-files.ts';
import { fillTemplate, readTemplate } from './page-template.ts';

/** Features in one chunk: what is loaded together. */
const CHUNK_SIZE = 16;

/** What the page shows, and where its pictures come from. */
export interface PageOptions {
  /** Latents to show, in any order. */
  readonly latents: readonly number[];
  /** Examples shown of each. */
  readonly nExamples: number;
  readonly title: string;
  /** Facts about the run, as label and text. */
  readonly facts: PageIndex['facts'];
  readonly rankBy: PageIndex['rankBy'];
  readonly token: PageIndex['token'];
  /** Patches along each side of an image; 0 when examples have one token. */
  readonly side: number;
  readonly concepts?: readonly ConceptMatch[];
  /** What is known of an example without reading it. */
  readonly describe: (example: number) => { label: string; source: string };
  /** The picture of an example, as a JPEG file. */
  readonly picture: (example: number) => Promise<Uint8Array>;
  /** Pictures made at the same time. */
  readonly concurrency?: number;
  readonly inlineLimit?: number;
  /** The built page without data; that of this package by default. */
  readonly template?: string;
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface PageSummary {
  readonly path: string;
  readonly features: number;
  readonly images: number;
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
  options: PageOptions,
): Promise<PageSummary> {
  const template = await readTemplate('features', options.template);
  const path = join(folder, 'index.html');
  const staging = await mkdtemp(join(folder, '.page-')).catch((error) => {
    throw diskError(error, path);
  });
  try {
    const { islands, summary } = await makePage(staging, features, options);
    for (const name of BESIDE) {
      await rm(join(folder, name), { recursive: true, force: true });
      await rename(join(staging, name), join(folder, name)).catch(ignoreMissing);
    }
    await writeFileAtomic(path, fillTemplate(template, islands));
    return { path, ...summary };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function makePage(
  folder: string,
  features: FeatureFile,
  options: PageOptions,
): Promise<{ islands: string[]; summary: Omit<PageSummary, 'path'> }> {
  const { sparsity } = features;
  const latents = [...options.latents].sort((a, b) => sparsity[b]! - sparsity[a]! || a - b);

  const chunks = pageFiles(folder, options.inlineLimit);
  const shown = new Set<number>();
  const columns = featureColumns(features);
  for (let start = 0; start < latents.length; start += CHUNK_SIZE) {
    options.signal?.throwIfAborted();
    const described = [];
    for (const latent of latents.slice(start, start + CHUNK_SIZE)) {
      const examples = await describeFeature(features, latent, options);
      for (const { example } of examples.examples) shown.add(example);
      columns.add(latent, examples.examples);
      described.push(examples);
    }
    const n = start / CHUNK_SIZE;
    const chunk: PageChunk = { features: described };
    const text = JSON.stringify(chunk);
    await chunks.add({
      file: PAGE_NAMES.chunkFile(n),
      bytes: Buffer.from(`${PAGE_NAMES.receive}(${n},${text})`),
      inline: island(PAGE_NAMES.chunk(n), text),
    });
  }
  const pictures = await writePictures(folder, shown, options);
  const index: PageIndex = {
    version: PAGE_VERSION,
    modality: 'image',
    title: options.title,
    facts: options.facts,
    dSae: features.meta.dSae,
    nDead: features.sparsity.filter((frequency) => frequency === 0).length,
    rankBy: options.rankBy,
    token: options.token,
    features: columns.done(),
    others: otherDots(features, latents),
    percentile: features.meta.percentile,
    histogramEdges: Array.from(features.histogramEdges, (edge) => Number(edge.toFixed(4))),
    chunkSize: CHUNK_SIZE,
    images: { side: options.side, folder: 'images', extension: 'jpg' },
    concepts: options.concepts,
  };
  const islands = [
    island(PAGE_NAMES.index, JSON.stringify(index)),
    ...chunks.inline(),
    ...(pictures.isInline ? [island(PAGE_NAMES.images, `{${pictures.inline().join(',')}}`)] : []),
  ];
  const summary = {
    features: latents.length,
    images: shown.size,
    isSingleFile: chunks.isInline && pictures.isInline,
  };
  return { islands, summary };
}

async function writePictures(
  folder: string,
  shown: ReadonlySet<number>,
  options: PageOptions,
): Promise<PageFiles> {
  const files = pageFiles(folder, options.inlineLimit);
  const examples = [...shown].sort((a, b) => a - b);
  const progress = startProgress('page images', { total: examples.length, unit: 'images' });
  try {
    const encoded = mapAhead(examples, options.concurrency ?? 4, async (example) => {
      options.signal?.throwIfAborted();
      return { example, bytes: await options.picture(example) };
    });
    for await (const { example, bytes } of encoded) {
      await files.add({
        file: `images/${Math.floor(example / 1000)}/${example}.jpg`,
        bytes,
        inline: `"${example}":"data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}"`,
      });
      progress.tick();
    }
  } finally {
    progress.end();
  }
  return files;
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
