// An image with its heat map over it, and where both come from.
import { useEffect, useRef, useState } from 'react';
import type { ImageFeature } from '../../../src/pages/feature-page.ts';
import { PLASMA } from '../../../src/pages/plasma.ts';
import './image-example.css';

export interface ImageExampleProps {
  /** Address of the picture. */
  picture: string;
  /** Patches along each side. */
  side: number;
  /** What the picture is called where it is missing. */
  image: number | string;
  /** Text that stands for the picture. */
  alt: string;
  heat: Uint8Array | undefined;
  /** Of the heat map, 0 to 1; undefined hides it. */
  opacity: number | undefined;
}

/** Show an image with its heat map over it. */
export function ImageExample(props: ImageExampleProps) {
  const { picture, side, image, alt, heat, opacity } = props;
  const [isMissing, setMissing] = useState(false);
  if (isMissing) {
    return <span className="image-example missing">missing image {image}</span>;
  }
  return (
    <span className="image-example">
      <img
        src={picture}
        alt={alt}
        loading="lazy"
        decoding="async"
        onError={() => setMissing(true)}
      />
      {heat !== undefined && opacity !== undefined && (
        <span className="heat-layer" style={{ opacity }}>
          <HeatCanvas heat={heat} side={side} />
        </span>
      )}
    </span>
  );
}

/** A heat map as one pixel a patch, which the browser scales up: plasma's colour, as opaque as the value. */
function HeatCanvas({ heat, side }: { heat: Uint8Array; side: number }) {
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
