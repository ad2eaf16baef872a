import { useEffect, useRef } from 'react';
import type { ImageFeature } from '../../../src/pages/feature-page.ts';
import { PLASMA } from '../../../src/pages/plasma.ts';

/** A heat map as one pixel a patch, which the browser scales up: plasma's colour, as opaque as the value. */
export function HeatCanvas({ heat, side }: { heat: Uint8Array; side: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const image = context.createImageData(side, side);
    heat.forEach((value, i) => {
      image.data.set(PLASMA.subarray(3 * value, 3 * value + 3), 4 * i);
      image.data[4 * i + 3] = value;
    });
    context.putImageData(image, 0, 0);
  }, [heat, side]);
  return <canvas ref={canvas} className="heat" width={side} height={side} />;
}
const decoded = new WeakMap<ImageFeature, Uint8Array>();
/** The heat map of example `j`: uint8 `[tokens]`, undefined when examples have one token. */
export function heatOf(feature: ImageFeature, j: number): Uint8Array | undefined {
  if (feature.maps === '') return undefined;
  let maps = decoded.get(feature);
  if (maps === undefined) {
    maps = Uint8Array.from(atob(feature.maps), (char) => char.charCodeAt(0));
    decoded.set(feature, maps);
  }
  const tokens = maps.length / feature.examples.length;
  return maps.subarray(j * tokens, (j + 1) * tokens);
}
