// Smooth randomness over the plane, a pure function of place and seed.

/** Uniform number in [0, 1) of a lattice point. */
export function lattice(x: number, y: number, seed: number): number {
  let h = (Math.imul(x, 0x27d4eb2f) ^ Math.imul(y, 0x165667b1) ^ seed) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Value noise in [0, 1): lattice numbers joined smoothly, one bump per unit of length. */
export function noise(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const u = fade(x - left);
  const v = fade(y - top);
  const above = mix(lattice(left, top, seed), lattice(left + 1, top, seed), u);
  const below = mix(lattice(left, top + 1, seed), lattice(left + 1, top + 1, seed), u);
  return mix(above, below, v);
}

/** Three octaves of value noise, each twice as fine and half as strong; mean about 0.5. */
export function clouds(x: number, y: number, seed: number): number {
  return (
    (4 * noise(x, y, seed) + 2 * noise(2 * x, 2 * y, seed + 1) + noise(4 * x, 4 * y, seed + 2)) / 7
  );
}

/** Linear interpolation from `a` to `b`. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, x: number): number {
  return fade(Math.min(Math.max((x - low) / (high - low), 0), 1));
}

function fade(t: number): number {
  return t * t * (3 - 2 * t);
}
