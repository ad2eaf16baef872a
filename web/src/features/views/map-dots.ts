// The dots of the map of features, on a canvas.
import type { Field, Places } from './map-window.ts';

/** What is painted, and where: a place of the map is at `left + scale · x` and `top + scale · y`. */
interface Dots {
  readonly map: Places;
  readonly listed: Uint32Array;
  /** The feature that was opened last, −1 before the first. */
  readonly lastViewed: number;
  readonly size: Field;
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** Paint all features faintly, the listed ones in the accent colour, and a ring around the one that was opened last. */
export function paintDots(canvas: HTMLCanvasElement, dots: Dots): void {
  const { map, listed, size, lastViewed, scale, left, top } = dots;
  const ratio = Math.max(1, window.devicePixelRatio);
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const radius = Math.max(1.8, Math.min(5, scale / 260));
  const isListed = new Uint8Array(map.x.length);
  for (const i of listed) isListed[i] = 1;
  const dot = (i: number, r: number): void => {
    const [x, y] = [left + scale * map.x[i]!, top + scale * map.y[i]!];
    if (x < -r || y < -r || x > size.width + r || y > size.height + r) return;
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  };
  for (const [colour, which] of [
    ['--dot-out', 0],
    ['--dot-in', 1],
  ] as const) {
    context.fillStyle = style.getPropertyValue(colour);
    context.beginPath();
    for (let i = 0; i < isListed.length; i++) if (isListed[i] === which) dot(i, radius);
    context.fill();
  }
  if (lastViewed < 0) return;
  context.strokeStyle = style.getPropertyValue('--mark');
  context.lineWidth = 2;
  context.beginPath();
  dot(lastViewed, radius + 3);
  context.stroke();
}
