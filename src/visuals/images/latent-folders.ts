// neurons/<latent>/: the original program's folder of pictures for each shown latent.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { diskError, writeFileAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { mapAhead } from '../../base/iterables.ts';
import { startProgress } from '../../base/progress.ts';
import { encodePng } from '../../data/images/encode.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import type { ImageTransform } from '../../data/images/transform.ts';
import { pyFloat } from '../../formats/python/python-format.ts';
import { pythonJson } from '../../formats/python/python-json.ts';
import type { TopExample } from '../collecting/top-examples.ts';
import type { FeatureFile } from '../feature-file/feature-file.ts';
import { log10 } from '../latent-choice.ts';
import { drawExample } from './example-picture.ts';

interface LatentFolderOptions {
  /** Pictures of each latent. */
  readonly pictures: ReadonlyMap<number, number>;
  /** The part of an image that the model saw. */
  readonly view: ImageTransform;
  /** Pictures made at the same time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
}

/**
 * Write for each latent `neurons/<latent>/` with `<j>.png` (the j-th best image under its heat map), `<j>.txt` (its
 * label) and `metadata.json` (`neuron`, `log10_freq`, `log10_value`; as Python's
 * json writes them, -Infinity and NaN where a latent never fired).
 *
 * @throws {UserError} when the features name images that the dataset does not hold.
 */
export async function writeLatentFolders(
  folder: string,
  features: FeatureFile,
  dataset: ImageDataset,
  options: LatentFolderOptions,
): Promise<void> {
  const { pictures, view, concurrency, signal } = options;
  if (pictures.size === 0) return;
  const progress = startProgress('saving visuals', { total: pictures.size, unit: 'latents' });
  try {
    for (const [latent, nPictures] of pictures) {
      signal?.throwIfAborted();
      const to = join(folder, 'neurons', String(latent));
      await makeFolder(to);
      const top = await features.top(latent);
      const upper = top.reduce(
        (most, { map }) => map.value.reduce((a, b) => Math.max(a, b), most),
        0,
      );
      const jobs = top.slice(0, nPictures).entries();
      const drawn = mapAhead(jobs, concurrency, async ([j, example]) => {
        signal?.throwIfAborted();
        await writePicture(join(to, String(j)), example, {
          dataset,
          view,
          upper,
          nTokens: features.meta.nTokens,
        });
      });
      for await (const _ of drawn);
      const metadata = pythonJson({
        neuron: latent,
        log10_freq: pyFloat(log10(features.sparsity[latent]!)),
        log10_value: pyFloat(log10(features.meanValues[latent]!)),
      });
      await writeFileAtomic(join(to, 'metadata.json'), metadata);
      progress.tick();
    }
  } finally {
    progress.end();
  }
}

/** Refuse a dataset that cannot be the one the features were found in. */
export function checkImages(dataset: ImageDataset, example: number): void {
  if (example < dataset.length) return;
  throw new UserError(
    `invalid images: the activations name image ${example}, the dataset has ${dataset.length}`,
    { hint: 'name the images that were recorded' },
  );
}

async function writePicture(
  path: string,
  { example, map }: TopExample,
  options: { dataset: ImageDataset; view: ImageTransform; upper: number; nTokens: number },
): Promise<void> {
  const { dataset, view, upper, nTokens } = options;
  checkImages(dataset, example);
  const isGrid = nTokens > 1 && Number.isInteger(Math.sqrt(nTokens));
  const values = isGrid ? new Float32Array(nTokens) : undefined;
  map.token.forEach((token, i) => {
    if (values !== undefined) values[token] = map.value[i]!;
  });
  const picture = drawExample(await dataset.image(example), { view, values, upper });
  try {
    await writeFile(`${path}.png`, await encodePng(picture));
    await writeFile(`${path}.txt`, `${dataset.entry(example).label}\n`);
  } catch (error) {
    throw diskError(error, path);
  }
}
