// Are recorded activations of these very images? Numbers alone do not tell: Python says 20,210 of every ADE20K.
import { readMetadata } from '../../activations/shards/metadata.ts';
import { readOrigin } from '../../activations/shards/origin.ts';
import { UserError } from '../../base/errors.ts';
import { bytes, counted } from '../../base/text.ts';
import type { DatasetConfig } from '../../data/datasets/config.ts';
import { countAsPython } from '../../data/datasets/python-name.ts';
import type { DataOrigin } from '../../data/files/data-origin.ts';
import type { ImageDataset } from '../../data/images/images.ts';
import { checkSameExamples } from './labels.ts';

/**
 * Refuse shards that were recorded from other images: of another number, or, where the shards say what they were recorded
 * from, of other files.
 * @throws {UserError} that names both.
 */
export async function checkSameImages(
  folder: string,
  config: DatasetConfig,
  dataset: ImageDataset,
): Promise<void> {
  const { nExamples } = await readMetadata(folder);
  const { asPython } = countAsPython(config, dataset);
  if (nExamples !== asPython && nExamples !== dataset.length) {
    checkSameExamples({ nExamples: dataset.length }, nExamples, {
      labels: `'${whereOf(config)}'`,
      activations: `'${folder}'`,
    });
  }
  const then = (await readOrigin(folder))?.data;
  const now = then === undefined ? undefined : await dataset.origin?.();
  if (then === undefined || now === undefined) return;
  if (then.files === now.files && then.bytes === now.bytes) return;
  const isSame = then.where === now.where;
  throw new UserError(
    isSame
      ? `'${now.where}' has changed since '${folder}' was recorded from it: ${sizeOf(then)} then, ${sizeOf(now)} now`
      : `'${folder}' was recorded from other images: ${sizeOf(then)} of '${then.where}', not ${sizeOf(now)} of '${now.where}'`,
    { hint: 'labels and activations must be of the same images: name those, or record these' },
  );
}

function sizeOf({ files, bytes: size }: Pick<DataOrigin, 'files' | 'bytes'>): string {
  return `${counted(files, 'file')} (${bytes(size)})`;
}

function whereOf(config: DatasetConfig): string {
  const root = 'root' in config && config.root !== undefined ? config.root : config.type;
  return 'split' in config && config.split !== undefined ? `${root}, ${config.split}` : root;
}
