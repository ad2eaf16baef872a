// The command that shows proposed latents, ready to be run.
import type { DataLoad } from '../../../activations/config.ts';
import { segmentedDataset } from '../segmented-data.ts';
import type { ProposeConfig } from './config.ts';

/** The settings of a proposal that its visuals share. */
export type ShownBy = Pick<ProposeConfig, 'saeCkpt' | 'acts' | 'imgs' | 'visualsTo'>;

/** Give the settings of `saev visuals` that show latents, as an object. */
export function visualsSettings(config: ShownBy, latents: readonly number[]) {
  const { saeCkpt: ckpt, acts: data, imgs, visualsTo: dumpTo } = config;
  return { ckpt, data, images: segmentedDataset(imgs), dumpTo, includeLatents: [...latents] };
}

/** Write the command that shows latents; values with spaces are quoted for a shell. */
export function visualsCommand(config: ShownBy, latents: readonly number[]): string {
  const { saeCkpt, acts, imgs, visualsTo } = config;
  return [
    'saev visuals',
    `--ckpt ${quoted(saeCkpt)}`,
    `--include-latents ${latents.join(' ')}`,
    `--data.shard-root ${quoted(acts.shardRoot)}`,
    ...(acts.layer === -2 ? [] : [`--data.layer ${quoted(String(acts.layer))}`]),
    ...scaleFlags(acts),
    '--images.type ade20k',
    `--images.root ${quoted(imgs.root)}`,
    `--images.split ${imgs.split}`,
    `--dump-to ${quoted(visualsTo)}`,
  ].join(' ');
}

function scaleFlags({ scaleMean, scaleNorm }: Pick<DataLoad, 'scaleMean' | 'scaleNorm'>): string[] {
  const flag = (name: string, value: boolean | string | undefined): string[] => {
    if (value === undefined) return [];
    if (typeof value === 'string') return [`--data.${name} ${quoted(value)}`];
    return [value ? `--data.${name}` : `--data.no-${name}`];
  };
  return [...flag('scale-mean', scaleMean), ...flag('scale-norm', scaleNorm)];
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
