// Latents as dots on a canvas: tens of thousands of them cost a few milliseconds.
import type { Scale } from '../../shared/plot-scale.ts';
import type { Latents } from './run-pages.ts';

/** Paint every latent that has a place: those outside the limits faintly, those inside in the accent colour. */
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
  const { latents, inside, x, y, width } = plot;
  const ratio = Math.max(1, window.devicePixelRatio);
  const { clientWidth, clientHeight } = canvas;
  if (clientWidth === 0 || clientHeight === 0) return; // hidden
  canvas.width = clientWidth * ratio;
  canvas.height = clientHeight * ratio;
  const context = canvas.getContext('2d')!;
  const zoom = (clientWidth / width) * ratio;
  context.scale(zoom, zoom);
  const style = getComputedStyle(canvas);
  const { frequency, value } = latents;
  // Few dots can be larger.
  const size = frequency.length > 5000 ? 1.4 : 2.2;
  for (const layer of [0, 1]) {
    context.fillStyle = style.getPropertyValue(layer === 0 ? '--dot-out' : '--dot-in');
    context.globalAlpha = layer === 0 ? 0.8 : frequency.length > 5000 ? 0.5 : 0.75;
    for (let i = 0; i < frequency.length; i++) {
      if (inside[i] !== layer || !Number.isFinite(value[i]!) || !Number.isFinite(frequency[i]!))
        continue;
      context.fillRect(
        x.toPixel(frequency[i]!) - size / 2,
        y.toPixel(value[i]!) - size / 2,
        size,
        size,
      );
    }
  }
}
