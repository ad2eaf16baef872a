import { useEffect, useRef } from 'react';
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
