// What can be asked of a patch of the world: the concepts, and the truth about them.
import { objectMask } from './draw.ts';
import type { Scene, WorldObject } from './scene.ts';
import { BACKGROUNDS, COLOURS, SHAPES, SIZES, TEXTURES, WORLD_SIZE } from './vocabulary.ts';

/** One thing that a patch can show. */
export interface Concept {
  readonly kind: 'shape' | 'colour' | 'texture' | 'size' | 'background';
  readonly name: string;
}

/** Every concept of the world, kind by kind. */
export const CONCEPTS: readonly Concept[] = [
  ...SHAPES.map((name) => ({ kind: 'shape', name }) as const),
  ...COLOURS.map((name) => ({ kind: 'colour', name }) as const),
  ...TEXTURES.map((name) => ({ kind: 'texture', name }) as const),
  ...SIZES.map((name) => ({ kind: 'size', name }) as const),
  ...BACKGROUNDS.map((name) => ({ kind: 'background', name }) as const),
];

/** Patches a side that the world's transformer sees. */
export const WORLD_GRID = 8;
/** Share of a patch's pixels that must belong to objects with a property, and to the background, to show it. */
const OBJECT_SHARE = 0.25;
const BACKGROUND_SHARE = 0.5;

/**
 * Say which patches show which concept: `[nConcepts, grid²]`, 0 or 1, patches row by row.
 *
 * A patch shows a shape, colour, texture or size when at least a quarter of its pixels belong to objects that have
 * it, and the background when at least half of its pixels are background.
 */
export function patchConcepts(scene: Scene, grid: number = WORLD_GRID): Uint8Array {
  const nPatches = grid * grid;
  const size = WORLD_SIZE / grid;
  const owners = patchOwners(scene, grid);
  const truth = new Uint8Array(CONCEPTS.length * nPatches);
  const nOwners = scene.objects.length + 1;
  CONCEPTS.forEach((concept, c) => {
    const counts = ownersWith(scene, concept);
    const share = concept.kind === 'background' ? BACKGROUND_SHARE : OBJECT_SHARE;
    for (let patch = 0; patch < nPatches; patch++) {
      let pixels = 0;
      for (const owner of counts) pixels += owners[patch * nOwners + owner]!;
      truth[c * nPatches + patch] = counts.length > 0 && pixels >= share * size * size ? 1 : 0;
    }
  });
  return truth;
}

/** Count the pixels of each patch by owner: `[grid², 1 + objects]`, owner 0 is the background. */
function patchOwners(scene: Scene, grid: number): Uint16Array {
  const mask = objectMask(scene);
  const size = WORLD_SIZE / grid;
  const nOwners = scene.objects.length + 1;
  const counts = new Uint16Array(grid * grid * nOwners);
  for (let y = 0, p = 0; y < WORLD_SIZE; y++) {
    for (let x = 0; x < WORLD_SIZE; x++, p++) {
      const patch = Math.floor(y / size) * grid + Math.floor(x / size);
      counts[patch * nOwners + mask[p]!]!++;
    }
  }
  return counts;
}

/** Owners (0 the background, `i + 1` object `i`) whose pixels count for a concept. */
function ownersWith(scene: Scene, { kind, name }: Concept): number[] {
  if (kind === 'background') return scene.background === name ? [0] : [];
  return scene.objects.flatMap((object, i) =>
    object[kind as keyof WorldObject] === name ? [i + 1] : [],
  );
}
