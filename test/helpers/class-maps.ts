// Maps of classes for tests, and trees of images with them.
import { encodePng } from '../../src/data/images/encode.ts';
import { makeTree } from './folders.ts';

/** Class numbers below 7, as `fixtures/studies/make_segmentation.py` makes them. */
export function goldenMap(
  i: number,
  width: number,
  height: number,
): { width: number; height: number; data: Uint8Array } {
  const data = Uint8Array.from({ length: width * height }, (_, p) => {
    const [x, y] = [p % width, Math.floor(p / width)];
    return ((x >> 4) * 3 + (y >> 3) * 5 + ((x * y * (i + 1)) >> 7)) % 7;
  });
  return { width, height, data };
}

/** Class names of such maps. */
export const GOLDEN_TABLE = `Idx\tName\n${[1, 2, 3, 4, 5, 6].map((i) => `${i}\tclass ${i}\n`).join('')}`;

/** A tree laid out as ADE20K, of grey images of the maps' sizes; `change` may spoil it. */
export async function segmentedTree(
  maps: readonly { width: number; height: number; data: Uint8Array }[],
  change: (files: Record<string, string | Uint8Array>) => void = () => {},
): Promise<string> {
  const files: Record<string, string | Uint8Array> = {
    'sceneCategories.txt': maps.map((_, i) => `${i} room\n`).join(''),
    'objectInfo150.txt': GOLDEN_TABLE,
  };
  for (const [i, map] of maps.entries()) {
    const { width, height } = map;
    const image = { width, height, data: new Uint8Array(width * height * 3).fill(90) };
    files[`images/training/${i}.png`] = await encodePng(image);
    files[`annotations/training/${i}.png`] = await encodePng(map);
  }
  change(files);
  return makeTree(files);
}
