// Latents as dots, as pixels: tens of thousands of them cost a few milliseconds.
import { coloursOf } from '../../shared/painting/colours.ts';
import type { Scale } from '../../shared/plot-scale.ts';
import type { Latents } from './run-pages.ts';

/** More latents than this have smaller and fainter dots. */
const MANY = 5000;

/** Paint every latent that has a place: those outside the limits faintly, those inside in the accent colour before them. */
export function paintLatents(
  canvas: HTMLCanvasElement,
  plot: {
    readonly latents: Latents;
    readonly inside: Uint8Array;
    readonly x: Scale;
    readonly y: Scale;
    /** Width of the coordinates. */
    readonly width: number;
  },
): void {
  const { latents, inside, x, y } = plot;
  const ratio = Math.max(1, window.devicePixelRatio);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (width === 0 || height === 0) return; // hidden
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const zoom = width / plot.width;
  const { frequency, value } = latents;
  const isMany = frequency.length > MANY;
  const size = Math.max(1, Math.round((isMany ? 1.4 : 2.2) * zoom));
  // How many dots lie over each pixel.
  const layers = [new Uint8Array(width * height), new Uint8Array(width * height)] as const;
  for (let i = 0; i < frequency.length; i++) {
    const left = Math.round(x.toPixel(frequency[i]!) * zoom - size / 2);
    const top = Math.round(y.toPixel(value[i]!) * zoom - size / 2);
    // What is not a number is nowhere.
    if (!(left >= 0 && top >= 0 && left + size <= width && top + size <= height)) continue;
    const dots = layers[inside[i] as 0 | 1];
    for (let row = top * width + left, end = row + size * width; row < end; row += width) {
      for (let at = row; at < row + size; at++) if (dots[at]! < 255) dots[at]!++;
    }
  }
  const colours = coloursOf(canvas, context, ['--dot-out', '--dot-in']);
  const image = context.createImageData(width, height);
  const opacities = [opacityOf(0.8), opacityOf(isMany ? 0.5 : 0.75)];
  blend(image.data, layers, new Uint8Array(colours.buffer), opacities);
  context.putImageData(image, 0, 0);
}

/** How opaque so many dots are over one another, when each is as opaque as `one`. */
function opacityOf(one: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, dots) => 1 - (1 - one) ** dots);
}

/** Write two layers of dots, the second before the first, as RGBA. */
function blend(
  pixels: Uint8ClampedArray,
  [behind, before]: readonly [Uint8Array, Uint8Array],
  colours: Uint8Array,
  opacities: readonly Float32Array[],
): void {
  for (let at = 0; at < behind.length; at++) {
    if (behind[at] === 0 && before[at] === 0) continue;
    const front = opacities[1]![before[at]!]!;
    const back = opacities[0]![behind[at]!]! * (1 - front);
    const all = front + back;
    for (let c = 0; c < 3; c++) {
      pixels[4 * at + c] = (colours[4 + c]! * front + colours[c]! * back) / all;
    }
    pixels[4 * at + 3] = 255 * all;
  }
}
