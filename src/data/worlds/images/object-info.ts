// The classes of the world's maps as ADE20K's table has them, counted over its scenes.
import type { ObjectInfo } from '../../datasets/object-info.ts';
import { classMask, WORLD_CLASSES } from './draw.ts';
import type { Scene } from './scene.ts';
import { SHAPES } from './vocabulary.ts';

/** Count the classes of scenes: shares of all pixels, and how many images of either split show each. */
export function worldObjectInfo(
  scenes: readonly Scene[],
  isValidation: (scene: Scene) => boolean,
): ObjectInfo[] {
  const pixels = new Float64Array(WORLD_CLASSES.length);
  const train = new Uint32Array(WORLD_CLASSES.length);
  const validation = new Uint32Array(WORLD_CLASSES.length);
  for (const scene of scenes) {
    const mask = classMask(scene);
    for (const number of mask) pixels[number]!++;
    const images = isValidation(scene) ? validation : train;
    for (const number of new Set(mask)) images[number]!++;
  }
  const all = pixels.reduce((sum, count) => sum + count, 0);
  return WORLD_CLASSES.slice(1).map((name, i) => ({
    index: i + 1,
    ratio: all === 0 ? 0 : pixels[i + 1]! / all,
    train: train[i + 1]!,
    validation: validation[i + 1]!,
    stuff: i >= SHAPES.length,
    name,
  }));
}
