// Signed distances to the outlines of the shapes, negative inside (formulas: Quilez, "2D distance functions").
import type { Shape } from './vocabulary.ts';

/**
 * Distance from a point to a shape's outline, where the shape has about radius 1 round the origin and y points down.
 * The result is in the same unit as the point.
 */
export type Distance = (x: number, y: number) => number;

export const DISTANCES: Readonly<Record<Shape, Distance>> = {
  circle: (x, y) => Math.hypot(x, y) - 0.94,
  square: (x, y) => box(x, y, 0.72, 0.72) - 0.1,
  triangle,
  star,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.68) - 0.29,
  cross,
};

function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  const dx = Math.abs(x) - halfWidth;
  const dy = Math.abs(y) - halfHeight;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0);
}

/** Equilateral, apex up, corners slightly rounded. */
function triangle(x: number, y: number): number {
  const half = 0.9;
  const root = Math.sqrt(3);
  let px = Math.abs(x) - half;
  let py = -(y - 0.14) + half / root;
  if (px + root * py > 0) {
    const turned = (px - root * py) / 2;
    py = (-root * px - py) / 2;
    px = turned;
  }
  px -= Math.min(Math.max(px, -2 * half), 0);
  return -Math.hypot(px, py) * Math.sign(py) - 0.08;
}

/** Five points, one of them up; inner corners at half the outer radius. */
function star(x: number, y: number): number {
  const sector = (2 * Math.PI) / 5;
  const angle = Math.atan2(x, -(y - 0.06));
  const folded = Math.abs(angle - sector * Math.round(angle / sector));
  const length = Math.hypot(x, y - 0.06);
  // In the folded sector the outline is one segment, from the point (0, outer) to the inner corner.
  const px = length * Math.sin(folded);
  const py = length * Math.cos(folded);
  const outer = 1;
  const inner = 0.54;
  const ex = inner * Math.sin(sector / 2);
  const ey = inner * Math.cos(sector / 2) - outer;
  const along = Math.min(Math.max((px * ex + (py - outer) * ey) / (ex * ex + ey * ey), 0), 1);
  const outside = px * -ey + (py - outer) * ex > 0 ? 1 : -1;
  return outside * Math.hypot(px - along * ex, py - outer - along * ey) - 0.05;
}

/** Two bars that cross at right angles. */
function cross(x: number, y: number): number {
  return Math.min(box(x, y, 0.88, 0.29), box(x, y, 0.29, 0.88)) - 0.07;
}
