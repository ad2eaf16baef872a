// The dots of the scatter plot, on a canvas: tens of thousands of them cost a few milliseconds.
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import type { Scale } from '../../shared/plot-scale.ts';

/** Paint all latents faintly, the page's features darker, the listed ones in the accent colour. */
export function paintPoints(
  canvas: HTMLCanvasElement,
  plot: { index: PageIndex; listed: readonly number[]; x: Scale; y: Scale },
): void {
  const { index, listed, x, y } = plot;
  const ratio = Math.max(1, window.devicePixelRatio);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (width === 0 || height === 0) return; // hidden
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  const zoom = width / 304;
  context.scale(ratio * zoom, ratio * zoom);
  const style = getComputedStyle(canvas);
  const layer = (
    colour: string,
    radius: number,
    items: Iterable<readonly [number | null, number | null]>,
  ): void => {
    context.fillStyle = style.getPropertyValue(colour);
    for (const [logFrequency, logValue] of items) {
      if (logFrequency === null || logValue === null) continue;
      const size = 2 * radius;
      context.fillRect(x.toPixel(logFrequency) - radius, y.toPixel(logValue) - radius, size, size);
    }
  };
  const { others, features } = index;
  const isListed = new Set(listed);
  layer(
    '--dot-other',
    0.7,
    others.logFrequency.map((frequency, i) => [frequency, others.logValue[i]!] as const),
  );
  const pairs = features.logFrequency.map(
    (frequency, i) => [frequency, features.logValue[i]!] as const,
  );
  layer(
    '--dot-out',
    1,
    pairs.filter((_, i) => !isListed.has(i)),
  );
  layer(
    '--dot-in',
    1.2,
    pairs.filter((_, i) => isListed.has(i)),
  );
}
