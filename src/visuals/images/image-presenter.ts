// The page over images: examples under heat maps, and each image once, inside the page or beside it.

import { mapAhead } from '../../base/iterables.ts';
import { startProgress } from '../../base/progress.ts';
import { type ImageChunk, type ImageFeature, PAGE_NAMES } from '../../pages/feature-page.ts';
import { island, type PageFiles, pageFiles } from '../../pages/page-files.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import { commonestLabel, short } from '../page/feature-columns.ts';
import type { PagePresenter } from '../page/presenter.ts';

/** What the page shows of images, and where its pictures come from. */
export interface ImagePageOptions {
  /** Examples shown of each feature. */
  readonly nExamples: number;
  /** Patches along each side of an image; 0 when examples have one token. */
  readonly side: number;
  /** What is known of an example without its pixels. */
  readonly describe: (example: number) => Promise<{ label: string; source: string }>;
  /** The picture of an example, as a JPEG file. */
  readonly picture: (example: number) => Promise<Uint8Array>;
  /** Pictures made at the same time. */
  readonly concurrency?: number;
}

/** Present the images of a feature file. */
export function imagePresenter(features: FeatureFile, options: ImagePageOptions): PagePresenter {
  const shown = new Set<number>();
  return {
    async chunk(latents) {
      const described: ImageFeature[] = [];
      for (const latent of latents)
        described.push(await describeFeature(features, latent, options));
      for (const { examples } of described) for (const { example } of examples) shown.add(example);
      const chunk: ImageChunk = { features: described };
      const labels = described.map(({ examples }) =>
        commonestLabel(examples.map(({ label }) => label)),
      );
      return { chunk, labels };
    },
    async finish(folder, { inlineLimit, signal }) {
      const files = pageFiles(folder, inlineLimit);
      await writePictures(files, shown, { ...options, signal });
      const { isInline } = files;
      return {
        index: {
          modality: 'image',
          images: { side: options.side, folder: 'images', extension: 'jpg' },
        },
        islands: isInline ? [island(PAGE_NAMES.images, `{${files.inline().join(',')}}`)] : [],
        isInline,
        nExamples: shown.size,
      };
    },
  };
}

/** Read a latent's histogram and best examples. */
async function describeFeature(
  features: FeatureFile,
  latent: number,
  { nExamples, side, describe }: ImagePageOptions,
): Promise<ImageFeature> {
  const top = (await features.top(latent)).slice(0, nExamples);
  const tokens = side * side;
  const upper = top.reduce((most, { map }) => map.value.reduce((a, b) => Math.max(a, b), most), 0);
  const maps = new Uint8Array(top.length * tokens);
  const describeExample = async (example: number): Promise<{ label: string; source: string }> => {
    const { label, source } = await describe(example);
    return { label: label.replaceAll('_', ' '), source };
  };
  if (tokens > 0) {
    top.forEach(({ map: { token, value } }, j) => {
      for (let i = 0; i < token.length; i++) {
        maps[j * tokens + token[i]!] = Math.round((255 * value[i]!) / upper);
      }
    });
  }
  return {
    histogram: Array.from(await features.histogram(latent)),
    upper: short(upper),
    examples: await Promise.all(
      top.map(async ({ example, score }) => ({
        example,
        score: short(score),
        ...(await describeExample(example)),
      })),
    ),
    maps: Buffer.from(maps).toString('base64'),
  };
}

async function writePictures(
  files: PageFiles,
  shown: ReadonlySet<number>,
  options: ImagePageOptions & { signal?: AbortSignal | undefined },
): Promise<void> {
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
}
