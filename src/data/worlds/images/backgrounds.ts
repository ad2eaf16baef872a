// What stands behind the objects, each background a colour for every point of the plane.
import { oklch, type Rgb } from './colours.ts';
import { clouds, lattice, mix, noise, smoothStep } from './noise.ts';
import { type Background, WORLD_SIZE } from './vocabulary.ts';

/** Write the colour at pixel (x, y) to `out`, sRGB in 0–1. */
type Painter = (x: number, y: number, out: Float32Array) => void;

/** Set up a background; `seed` decides its irregularities, its tone and its brightness. */
export const PAINTERS: Readonly<Record<Background, (seed: number) => Painter>> = {
  sky: (seed) => {
    const top = oklch(trait(seed, 1, 0.58, 0.68), 0.13, trait(seed, 2, 238, 252));
    const low = oklch(0.88, 0.055, trait(seed, 3, 215, 235));
    const cloud = oklch(0.985, 0.006, 240);
    const cover = trait(seed, 4, 0.5, 0.62);
    return (x, y, out) => {
      blend(out, top, low, y / WORLD_SIZE);
      const amount = clouds(x / 24, y / 13, seed);
      blendOver(out, cloud, 0.9 * smoothStep(cover, cover + 0.2, amount));
    };
  },
  grass: (seed) => {
    const dark = oklch(trait(seed, 1, 0.36, 0.42), 0.1, trait(seed, 2, 132, 142));
    const light = oklch(trait(seed, 3, 0.6, 0.66), 0.14, trait(seed, 4, 122, 134));
    return (x, y, out) => {
      // Blades: noise stretched upwards and bent by slower noise.
      const bend = 5 * noise(x / 14, y / 14, seed + 9);
      const blade = noise((x + bend) / 1.6, y / 6, seed);
      blend(out, dark, light, 0.65 * blade + 0.35 * clouds(x / 18, y / 18, seed + 5));
    };
  },
  brick: (seed) => {
    const mortar = oklch(0.78, 0.02, 70);
    const hue = trait(seed, 1, 30, 42);
    const width = trait(seed, 2, 12.5, 14.5);
    const height = 0.46 * width;
    const shiftX = trait(seed, 3, 0, width);
    const shiftY = trait(seed, 4, 0, height);
    return (x, y, out) => {
      const row = Math.floor((y + shiftY) / height);
      const along = x + shiftX + (row % 2 === 0 ? 0 : width / 2);
      const column = Math.floor(along / width);
      const fired = lattice(column, row, seed);
      const face = oklch(mix(0.45, 0.58, fired), mix(0.085, 0.11, fired), hue + 8 * fired);
      const dx = Math.min(along - column * width, (column + 1) * width - along);
      const dy = Math.min(y + shiftY - row * height, (row + 1) * height - y - shiftY);
      blend(out, mortar, face, smoothStep(0.25, 1.05, Math.min(dx, dy)));
      brighten(out, mix(0.94, 1.06, noise(x / 1.5, y / 1.5, seed + 3)));
    };
  },
  sand: (seed) => {
    const low = oklch(trait(seed, 1, 0.7, 0.75), 0.068, trait(seed, 2, 72, 82));
    const high = oklch(trait(seed, 3, 0.84, 0.88), 0.06, trait(seed, 4, 80, 88));
    const tilt = trait(seed, 5, -0.25, 0.25);
    const wave = trait(seed, 6, 8, 11);
    return (x, y, out) => {
      const warp = 9 * clouds(x / 26, y / 26, seed);
      const ripple = Math.sin(((y + tilt * x + warp) / wave) * 2 * Math.PI);
      blend(out, low, high, 0.5 + 0.36 * ripple);
      brighten(out, mix(0.95, 1.05, lattice(Math.round(x), Math.round(y), seed)));
    };
  },
  night: (seed) => {
    const top = oklch(trait(seed, 1, 0.15, 0.19), 0.06, trait(seed, 2, 268, 285));
    const low = oklch(trait(seed, 3, 0.27, 0.34), 0.09, trait(seed, 4, 280, 310));
    const star = oklch(0.97, 0.02, 95);
    const cell = 8;
    return (x, y, out) => {
      blend(out, top, low, (y / WORLD_SIZE) ** 1.5);
      blendOver(out, low, 0.5 * smoothStep(0.45, 0.8, clouds(x / 22, y / 22, seed)));
      // One star a cell, away from the cell's border, so that no neighbour has to be asked.
      const column = Math.floor(x / cell);
      const row = Math.floor(y / cell);
      const dx = x - cell * (column + mix(0.25, 0.75, lattice(column, row, seed + 1)));
      const dy = y - cell * (row + mix(0.25, 0.75, lattice(column, row, seed + 2)));
      const brightness = lattice(column, row, seed + 3) ** 2;
      blendOver(out, star, brightness * Math.exp(-(dx * dx + dy * dy) / (0.35 + 0.5 * brightness)));
    };
  },
  sea: (seed) => {
    const deep = oklch(trait(seed, 1, 0.4, 0.46), 0.085, trait(seed, 2, 212, 226));
    const bright = oklch(trait(seed, 3, 0.62, 0.68), 0.095, trait(seed, 4, 195, 208));
    const foam = oklch(0.95, 0.025, 200);
    const wave = trait(seed, 5, 10, 13);
    return (x, y, out) => {
      blend(out, bright, deep, y / WORLD_SIZE);
      const swell =
        2.2 * Math.sin((x / 17) * 2 * Math.PI + 9 * lattice(0, Math.floor(y / wave), seed));
      const crest = (y + swell + 5 * noise(x / 11, y / 9, seed)) / wave;
      const height = crest - Math.floor(crest);
      brighten(out, mix(0.86, 1.1, height));
      blendOver(out, foam, 0.75 * smoothStep(0.86, 0.95, height) * noise(x / 5, y / 3, seed + 4));
    };
  },
  wood: (seed) => {
    const pale = oklch(trait(seed, 1, 0.66, 0.72), 0.075, trait(seed, 2, 62, 72));
    const dark = oklch(trait(seed, 3, 0.46, 0.52), 0.08, trait(seed, 4, 50, 60));
    const plank = trait(seed, 5, 14, 18);
    const shift = trait(seed, 6, 0, plank);
    return (x, y, out) => {
      const board = Math.floor((x + shift) / plank);
      const inBoard = x + shift - board * plank;
      const tone = lattice(board, 0, seed);
      const grain = noise(
        inBoard / 2.3 + 2.5 * noise(x / 9, y / 24, seed + 2),
        y / 26 + 31 * tone,
        seed + 1,
      );
      blend(out, dark, pale, mix(0.25, 0.6, tone) + 0.5 * (grain - 0.35));
      brighten(out, mix(0.55, 1, smoothStep(0.1, 1.2, Math.min(inBoard, plank - inBoard))));
    };
  },
  paper: (seed) => {
    const tint = oklch(
      trait(seed, 1, 0.88, 0.93),
      trait(seed, 2, 0.015, 0.04),
      trait(seed, 3, 0, 360),
    );
    return (x, y, out) => {
      const fromCentre = Math.hypot(x / WORLD_SIZE - 0.5, y / WORLD_SIZE - 0.45);
      blend(out, tint, tint, 0);
      brighten(out, 1.04 - 0.2 * fromCentre ** 2 + 0.02 * (clouds(x / 5, y / 5, seed) - 0.5));
    };
  },
};

/** A property of one background, uniform in [low, high). */
function trait(seed: number, which: number, low: number, high: number): number {
  return mix(low, high, lattice(which, -1, seed));
}

function blend(out: Float32Array, from: Rgb, to: Rgb, t: number): void {
  for (let i = 0; i < 3; i++) out[i] = mix(from[i]!, to[i]!, t);
}

function blendOver(out: Float32Array, colour: Rgb, opacity: number): void {
  for (let i = 0; i < 3; i++) out[i] = mix(out[i]!, colour[i]!, opacity);
}

function brighten(out: Float32Array, factor: number): void {
  for (let i = 0; i < 3; i++) out[i]! *= factor;
}
