// A scene as pure data: which objects stand where, before what.
import { Random } from '../../../base/random.ts';
import { type Oklch, shadeOf } from './colours.ts';
import {
  BACKGROUNDS,
  type Background,
  COLOURS,
  type Colour,
  SHAPES,
  type Shape,
  type Size,
  TEXTURES,
  type Texture,
  WORLD_SIZE,
} from './vocabulary.ts';

/** One object. Lengths are pixels, angles radians, the origin is the top left corner. */
export interface WorldObject {
  readonly shape: Shape;
  readonly colour: Colour;
  readonly texture: Texture;
  readonly size: Size;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
  /** The exact shade of its colour. */
  readonly shade: Oklch;
  /** Period of its texture, and the texture's angle to the object. */
  readonly period: number;
  readonly slant: number;
}

/** All there is to know about one image: drawing it again gives the same pixels. */
export interface Scene {
  readonly index: number;
  readonly background: Background;
  /** Seed of the background's own irregularities. */
  readonly backgroundSeed: number;
  /** From back to front; the last is the main object: the largest, never covered. */
  readonly objects: readonly WorldObject[];
}

/** Radii by size: the main object of a scene is drawn from the upper part of its range. */
const RADIUS = { small: [6.8, 9.8], large: [12.5, 18] } as const;
/** Every other object is at most this fraction of the main one. */
const LARGEST_OTHER = 0.82;
const MOST_OBJECTS = 4;
const PLACING_TRIES = 40;

/** Draw scene `index` of the world with this seed; any scene can be drawn without those before it. */
export function sampleScene(seed: number, index: number): Scene {
  const random = new Random(seed, `scene ${index}`);
  const background = random.pick(BACKGROUNDS);
  const backgroundSeed = random.uint32();
  const mainSize: Size = random.float() < 0.6 ? 'large' : 'small';
  const [low, high] = RADIUS[mainSize];
  const main = sampleObject(random, mainSize, random.uniform(low + 0.5 * (high - low), high), []);
  const placed = [main];
  const count = 1 + random.int(MOST_OBJECTS);
  while (placed.length < count) {
    const size: Size = mainSize === 'large' && random.float() < 0.3 ? 'large' : 'small';
    const largest = Math.min(RADIUS[size][1], LARGEST_OTHER * main.radius);
    const radius = random.uniform(RADIUS[size][0], largest);
    const other = sampleObject(random, size, radius, placed);
    if (other === undefined) break;
    placed.push(other);
  }
  return { index, background, backgroundSeed, objects: placed.reverse() };
}

/** The main object of a scene. */
export function mainObject(scene: Scene): WorldObject {
  return scene.objects.at(-1)!;
}

function sampleObject(random: Random, size: Size, radius: number, others: readonly []): WorldObject;
function sampleObject(
  random: Random,
  size: Size,
  radius: number,
  others: readonly WorldObject[],
): WorldObject | undefined;
function sampleObject(
  random: Random,
  size: Size,
  radius: number,
  others: readonly WorldObject[],
): WorldObject | undefined {
  const place = findPlace(random, radius, others);
  if (place === undefined) return undefined;
  const colour = random.pick(COLOURS);
  return {
    shape: random.pick(SHAPES),
    colour,
    texture: random.pick(TEXTURES),
    size,
    x: tenth(place.x),
    y: tenth(place.y),
    radius: tenth(radius),
    angle: hundredth(random.uniform(-0.45, 0.45)),
    shade: shadeOf(colour, random),
    period: tenth(random.uniform(4.8, 6)),
    slant: hundredth(random.uniform(-0.9, 0.9)),
  };
}

/** Find a centre whose object is almost inside the image and overlaps others a little at most. */
function findPlace(
  random: Random,
  radius: number,
  others: readonly WorldObject[],
): { x: number; y: number } | undefined {
  const margin = 0.85 * radius;
  for (let attempt = 0; attempt < PLACING_TRIES; attempt++) {
    const x = random.uniform(margin, WORLD_SIZE - margin);
    const y = random.uniform(margin, WORLD_SIZE - margin);
    const free = others.every(
      (other) => Math.hypot(x - other.x, y - other.y) > 0.9 * (radius + other.radius),
    );
    if (free) return { x, y };
  }
  return undefined;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}
