// map.safetensors: the map of features, kept beside what was found, so that it is laid out once.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { bytesOf } from '../../formats/tensor.ts';
import type { FeatureMap } from './feature-map.ts';

/** Name of the map in a folder of visuals. */
export const MAP_FILE = 'map.safetensors';

/** Version of how maps are laid out: one of another is laid out anew. */
const VERSION = 1;

/** What a map depends on, as a word. */
export function mapKey(unit: Float32Array, latents: readonly number[], seed: number): string {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, seed, latents]));
  return hash.update(bytesOf(unit)).digest('hex').slice(0, 16);
}

/** Write a map, `x` and `y` float32 `[n]` of the features `latent` uint32 `[n]`, into a folder. */
export async function writeMap(
  folder: string,
  { x, y }: FeatureMap,
  { latents, key }: { latents: readonly number[]; key: string },
): Promise<void> {
  const shape = [latents.length];
  await writeSafetensors(
    join(folder, MAP_FILE),
    [
      ['latent', { dtype: 'U32', shape, data: Uint32Array.from(latents) }],
      ['x', { dtype: 'F32', shape, data: x }],
      ['y', { dtype: 'F32', shape, data: y }],
    ],
    { metadata: { map: key } },
  );
}

/** Read the map of a folder where it has this key; undefined where there is none, another, or a damaged one. */
export async function readMap(folder: string, key: string): Promise<FeatureMap | undefined> {
  const path = join(folder, MAP_FILE);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  try {
    const file = await openSafetensors(path);
    try {
      if (file.metadata.map !== key) return undefined;
      return { x: await file.readFloat32('x'), y: await file.readFloat32('y') };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
