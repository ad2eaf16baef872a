// Scenes to pixels and to masks, by signed distances: edges are smooth, and every pixel's owner is known.

import { UNLABELLED } from '../../datasets/object-info.ts';
import type { RgbImage } from '../../images/images.ts';
import { PAINTERS } from './backgrounds.ts';
import { inkOf, type Rgb, toRgb } from './colours.ts';
import { mix, smoothStep } from './noise.ts';
import type { Scene, WorldObject } from './scene.ts';
import { DISTANCES } from './shapes.ts';
import { PATTERNS, soft } from './textures.ts';
import { BACKGROUNDS, SHAPES, WORLD_SIZE } from './vocabulary.ts';

const PIXELS = WORLD_SIZE * WORLD_SIZE;
/** Where shadows fall, and how far they fade, in pixels. */
const SHADOW = { x: 1.2, y: 2, blur: 2.6, strength: 0.34 };
const RIM = 1.1;

/** Draw the image of a scene: 8-bit RGB, 64 by 64. */
export function drawScene(scene: Scene): RgbImage {
  const canvas = new Float32Array(3 * PIXELS);
  const paint = PAINTERS[scene.background](scene.backgroundSeed);
  const colour = new Float32Array(3);
  for (let y = 0, p = 0; y < WORLD_SIZE; y++) {
    for (let x = 0; x < WORLD_SIZE; x++, p += 3) {
      paint(x + 0.5, y + 0.5, colour);
      canvas.set(colour, p);
    }
  }
  for (const object of scene.objects) {
    drawShadow(canvas, object);
    drawObject(canvas, object);
  }
  const data = new Uint8Array(canvas.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.round(255 * Math.min(Math.max(canvas[i]!, 0), 1));
  }
  return { width: WORLD_SIZE, height: WORLD_SIZE, data };
}

/** Say which object each pixel shows: 0 the background, `i + 1` object `i`; row-major `[64, 64]`. */
export function objectMask(scene: Scene): Uint8Array {
  const mask = new Uint8Array(PIXELS);
  scene.objects.forEach((object, i) => {
    visit(object, 0, (p, distance) => {
      if (distance < 0) mask[p] = i + 1;
    });
  });
  return mask;
}

/** Names of the classes in `classMask`; class 0 means no label, as in ADE20K, and does not occur. */
export const WORLD_CLASSES: readonly string[] = [UNLABELLED, ...SHAPES, ...BACKGROUNDS];

/** Say what each pixel shows, a shape or a background, as a number of `WORLD_CLASSES`; row-major `[64, 64]`. */
export function classMask(scene: Scene): Uint8Array {
  const behind = 1 + SHAPES.length + BACKGROUNDS.indexOf(scene.background);
  const classes = scene.objects.map((object) => 1 + SHAPES.indexOf(object.shape));
  return objectMask(scene).map((owner) => (owner === 0 ? behind : classes[owner - 1]!));
}

function drawShadow(canvas: Float32Array, object: WorldObject): void {
  const fallen = { ...object, x: object.x + SHADOW.x, y: object.y + SHADOW.y };
  visit(fallen, SHADOW.blur, (p, distance) => {
    const shade = 1 - SHADOW.strength * smoothStep(SHADOW.blur, -SHADOW.blur, distance);
    for (let i = 3 * p; i < 3 * p + 3; i++) canvas[i]! *= shade;
  });
}

function drawObject(canvas: Float32Array, object: WorldObject): void {
  const base = toRgb(object.shade);
  const ink = toRgb(inkOf(object.shade));
  const rim: Rgb = toRgb({ ...object.shade, l: object.shade.l - 0.16 });
  const pattern = PATTERNS[object.texture];
  const cos = Math.cos(object.slant);
  const sin = Math.sin(object.slant);
  visit(object, 1, (p, distance, x, y) => {
    const opacity = soft(distance);
    if (opacity === 0) return;
    const inked = pattern(cos * x + sin * y, cos * y - sin * x, object.period);
    const edge = soft(-RIM - distance);
    // Light comes from above on the left.
    const light = 1 - (0.09 * (x + 1.4 * y)) / object.radius;
    for (let i = 0; i < 3; i++) {
      const face = mix(base[i]!, ink[i]!, inked);
      const painted = light * mix(face, rim[i]!, 0.75 * edge);
      canvas[3 * p + i] = mix(canvas[3 * p + i]!, painted, opacity);
    }
  });
}

/**
 * Call `use` for every pixel of the image within `reach` pixels of an object, with the signed distance to its outline
 * and the pixel's place in the object's own frame, all in pixels.
 */
function visit(
  object: WorldObject,
  reach: number,
  use: (pixel: number, distance: number, x: number, y: number) => void,
): void {
  const outline = DISTANCES[object.shape];
  const extent = 1.1 * object.radius + reach + 1;
  const cos = Math.cos(object.angle);
  const sin = Math.sin(object.angle);
  const left = Math.max(0, Math.floor(object.x - extent));
  const right = Math.min(WORLD_SIZE, Math.ceil(object.x + extent));
  const top = Math.max(0, Math.floor(object.y - extent));
  const bottom = Math.min(WORLD_SIZE, Math.ceil(object.y + extent));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const dx = column + 0.5 - object.x;
      const dy = row + 0.5 - object.y;
      const x = cos * dx + sin * dy;
      const y = cos * dy - sin * dx;
      const distance = object.radius * outline(x / object.radius, y / object.radius);
      if (distance <= reach) use(row * WORLD_SIZE + column, distance, x, y);
    }
  }
}
