// What is printed on an object: how much of its second colour each point takes.
import type { Texture } from './vocabulary.ts';

/**
 * Share of the second colour, 0–1, at a point in the object's own frame; `x`, `y` and `period` in pixels.
 * Edges are as soft as a pixel, so that patterns do not alias.
 */
type Pattern = (x: number, y: number, period: number) => number;

export const PATTERNS: Readonly<Record<Texture, Pattern>> = {
  plain: () => 0,
  striped: (x, _y, period) => soft(Math.abs(centred(x, period)) - 0.25 * period),
  dotted,
  checked: (x, y, period) => {
    const square = 1.3 * period;
    const a = 0.25 * square - Math.abs(centred(x, square));
    const b = 0.25 * square - Math.abs(centred(y, square));
    // The product's sign alternates from square to square, its size is about the distance to an edge.
    return soft(-Math.sign(a * b) * Math.min(Math.abs(a), Math.abs(b)));
  },
};

/** Dots in rows, each row shifted by half a period. */
function dotted(x: number, y: number, period: number): number {
  const rowHeight = 0.87 * period;
  const row = Math.round(y / rowHeight);
  const dx = centred(x + (row % 2 === 0 ? 0 : 0.5 * period), period);
  return soft(Math.hypot(dx, y - row * rowHeight) - 0.31 * period);
}

/** Distance from `x` to the nearest multiple of `period`, signed. */
function centred(x: number, period: number): number {
  return x - period * Math.round(x / period);
}

/** Cover a pixel by its distance to an edge: 1 inside, 0 outside, linear over one pixel. */
export function soft(distance: number): number {
  return Math.min(Math.max(0.5 - distance, 0), 1);
}
