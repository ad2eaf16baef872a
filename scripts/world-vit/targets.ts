// What the world's transformer is trained to say: of each patch what it shows, of the image its main object.
import { objectMask } from '../../src/data/worlds/images/draw.ts';
import { mainObject, type Scene, type WorldObject } from '../../src/data/worlds/images/scene.ts';
import {
  BACKGROUNDS,
  COLOURS,
  SHAPES,
  SIZES,
  TEXTURES,
  WORLD_SIZE,
} from '../../src/data/worlds/images/vocabulary.ts';

/** Attributes of an object with their values; in patches, class 0 is 'no object here'. */
const ATTRIBUTES: readonly [string, readonly string[], (object: WorldObject) => string][] = [
  ['shape', SHAPES, ({ shape }) => shape],
  ['colour', COLOURS, ({ colour }) => colour],
  ['texture', TEXTURES, ({ texture }) => texture],
  ['size', SIZES, ({ size }) => size],
];

export interface Group {
  readonly name: string;
  readonly size: number;
}

export const PATCH_GROUPS: readonly Group[] = [
  ...ATTRIBUTES.map(([name, values]) => ({ name, size: 1 + values.length })),
  { name: 'background', size: BACKGROUNDS.length },
];
export const IMAGE_GROUPS: readonly Group[] = ATTRIBUTES.map(([name, values]) => ({
  name,
  size: values.length,
}));

const GRID = 8;
const PATCH = WORLD_SIZE / GRID;
/** How much more a patch with an object counts than one without. */
const OBJECT_WEIGHT = 3;
/** Share of a patch's pixels that an object must own to be what the patch shows. */
const OWNED = 0.25;

/** Class numbers of each patch, `[64, groups]`: the attributes of the object that owns most of it, if any. */
export function patchClasses(scene: Scene): Uint8Array {
  const mask = objectMask(scene);
  const classes = new Uint8Array(GRID * GRID * PATCH_GROUPS.length);
  const counts = new Uint16Array(scene.objects.length);
  for (let patch = 0; patch < GRID * GRID; patch++) {
    counts.fill(0);
    const [top, left] = [Math.floor(patch / GRID) * PATCH, (patch % GRID) * PATCH];
    for (let y = top; y < top + PATCH; y++) {
      for (let x = left; x < left + PATCH; x++) {
        const owner = mask[y * WORLD_SIZE + x]!;
        if (owner > 0) counts[owner - 1]!++;
      }
    }
    const most = counts.indexOf(Math.max(...counts));
    const owner = counts[most]! >= OWNED * PATCH * PATCH ? scene.objects[most] : undefined;
    const at = patch * PATCH_GROUPS.length;
    ATTRIBUTES.forEach(([, values, of], g) => {
      classes[at + g] = owner === undefined ? 0 : 1 + values.indexOf(of(owner));
    });
    classes[at + ATTRIBUTES.length] = BACKGROUNDS.indexOf(scene.background);
  }
  return classes;
}

/** Class numbers of the main object, `[groups]`. */
export function imageClasses(scene: Scene): Uint8Array {
  const main = mainObject(scene);
  return Uint8Array.from(ATTRIBUTES, ([, values, of]) => values.indexOf(of(main)));
}

/** One-hot targets, each 1 weighted so that the loss is a mean: over images, patches, and groups. */
export function weightedTargets(
  classes: Uint8Array,
  groups: readonly Group[],
  out: Float32Array,
  at: number,
  scale: number,
): void {
  const width = groups.reduce((n, { size }) => n + size, 0);
  const rows = classes.length / groups.length;
  for (let row = 0; row < rows; row++) {
    const isObject = rows > 1 && classes[row * groups.length]! > 0;
    let first = at + row * width;
    groups.forEach(({ size }, g) => {
      out[first + classes[row * groups.length + g]!] = scale * (isObject ? OBJECT_WEIGHT : 1);
      first += size;
    });
  }
}
