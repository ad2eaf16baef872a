// A feature page over drawn pictures, without a model: latents that respond to colours and edges of patches.
import { Random } from '../../src/base/random.ts';
import { encodeJpeg } from '../../src/data/images/encode.ts';
import type { RgbImage } from '../../src/data/images/images.ts';
import { drawScene } from '../../src/data/worlds/images/draw.ts';
import { mainObject, sampleScene } from '../../src/data/worlds/images/scene.ts';
import { collectFeatures } from '../../src/visuals/collecting/collector.ts';
import { openFeatureFile, writeFeatureFile } from '../../src/visuals/feature-file/feature-file.ts';
import { type ImagePageOptions, imagePresenter } from '../../src/visuals/images/image-presenter.ts';
import { type PageOptions, type PageSummary, writePage } from '../../src/visuals/page/page.ts';
import { memorySource, randomReluEncoder } from './memory-source.ts';

const SIDE = 8;
const PATCH = 8;

/** Write a page of `nLatents` features over `nImages` pictures into `folder`. */
export async function writeWorldPage(
  folder: string,
  options: { nLatents: number; nImages: number } & Partial<PageOptions> & Partial<ImagePageOptions>,
): Promise<PageSummary> {
  const { nLatents, nImages } = options;
  const scenes = Array.from({ length: nImages }, (_, i) => sampleScene(1, i));
  const images = scenes.map(drawScene);
  const acts = Float32Array.from(images.flatMap(patchFeatures));
  const dModel = acts.length / (nImages * SIDE * SIDE);
  const encoder = randomReluEncoder({ dIn: dModel, dSae: nLatents, random: new Random(4) });
  const collected = await collectFeatures(
    memorySource(acts, { nExamples: nImages, rowsPerExample: SIDE * SIDE, dModel }),
    encoder,
    { rankBy: 'max', topK: 24, batchSize: 4096, nDistributions: 0 },
  );
  await writeFeatureFile(folder, collected, { percentile: 99, key: {} });
  const features = await openFeatureFile(folder);
  try {
    const presenter = imagePresenter(features, {
      nExamples: 24,
      side: SIDE,
      describe: async (example) => ({
        label: mainObject(scenes[example]!).shape,
        source: `world/${example}.png`,
      }),
      picture: (example) => encodeJpeg(images[example]!),
      ...options,
    });
    return await writePage(folder, features, presenter, {
      latents: Array.from({ length: nLatents }, (_, i) => i).filter((i) => collected.count[i]! > 0),
      title: 'Drawn world, 64 × 64',
      facts: [
        ['Images', `${nImages} scenes`],
        ['Ranked by', 'strongest patch'],
      ],
      rankBy: 'max',
      token: { one: 'patch', many: 'patches' },
      ...options,
    });
  } finally {
    await features.close();
  }
}

/** Mean colour and contrast of every patch, `[patches, 6]`, roughly centred. */
function patchFeatures(image: RgbImage): number[] {
  const rows: number[] = [];
  for (let p = 0; p < SIDE * SIDE; p++) {
    const sum = [0, 0, 0];
    const squares = [0, 0, 0];
    for (let i = 0; i < PATCH * PATCH; i++) {
      const x = (p % SIDE) * PATCH + (i % PATCH);
      const y = Math.floor(p / SIDE) * PATCH + Math.floor(i / PATCH);
      for (let c = 0; c < 3; c++) {
        const value = image.data[(y * image.width + x) * 3 + c]! / 255;
        sum[c]! += value / PATCH ** 2;
        squares[c]! += value ** 2 / PATCH ** 2;
      }
    }
    rows.push(...sum.map((mean) => 3 * (mean - 0.5)));
    rows.push(...sum.map((mean, c) => 8 * Math.sqrt(Math.max(0, squares[c]! - mean ** 2)) - 0.5));
  }
  return rows;
}
