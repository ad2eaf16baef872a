// The dots of the scatter plot, as pixels: hundreds of thousands of them cost a few milliseconds.
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { coloursOf } from '../../shared/painting/colours.ts';
import type { Scale } from '../../shared/plot-scale.ts';

/** Width of the plot in its own units. */
const WIDTH = 304;

/** Numbers that are the places of dots. */
interface Places {
  readonly logFrequency: Float32Array;
  readonly logValue: Float32Array;
}

/** Paint all latents faintly, the page's features darker, the listed ones in the accent colour. */
export function paintPoints(
  canvas: HTMLCanvasElement,
  plot: { index: PageIndex; listed: Uint32Array; x: Scale; y: Scale },
): void {
  const { index, listed, x, y } = plot;
  const ratio = Math.max(1, window.devicePixelRatio);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (width === 0 || height === 0) return; // hidden
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const [other, out, inside] = coloursOf(canvas, context, ['--dot-other', '--dot-out', '--dot-in']);
  context.clearRect(0, 0, width, height);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const zoom = width / WIDTH;

  const paint = (colour: number, radius: number, places: Places, i: number): void => {
    const size = Math.max(1, Math.round(2 * radius * zoom));
    const left = Math.round(x.toPixel(places.logFrequency[i]!) * zoom - size / 2);
    const top = Math.round(y.toPixel(places.logValue[i]!) * zoom - size / 2);
    // What is not a number is nowhere.
    if (!(left >= 0 && top >= 0 && left + size <= width && top + size <= height)) return;
    for (let row = top * width + left, end = row + size * width; row < end; row += width) {
      for (let at = row; at < row + size; at++) pixels[at] = colour;
    }
  };
  const { others, features } = index;
  const isListed = new Uint8Array(features.latent.length);
  for (const i of listed) isListed[i] = 1;
  for (let i = 0; i < others.logValue.length; i++) paint(other!, 0.7, others, i);
  for (let i = 0; i < isListed.length; i++) if (isListed[i] === 0) paint(out!, 1, features, i);
  for (const i of listed) paint(inside!, 1.2, features, i);
  context.putImageData(image, 0, 0);
}
