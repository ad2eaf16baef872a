// An image with its heat map over it, and where both come from.
import { useState } from 'react';
import type { ImageFeature } from '../../../src/pages/feature-page.ts';
import { heatPicture } from './heat-picture.ts';
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
  /** Whether it is on the screen, or about to be: then nothing waits to see whether it is. */
  isNear?: boolean;
}

/** Show an image with its heat map over it. */
export function ImageExample(props: ImageExampleProps) {
  const { picture, side, image, alt, heat, opacity, isNear = false } = props;
  const [isMissing, setMissing] = useState(false);
  if (isMissing) {
    return <span className="image-example missing">missing image {image}</span>;
  }
  return (
    <span className="image-example">
      <img
        src={picture}
        alt={alt}
        loading={isNear ? 'eager' : 'lazy'}
        decoding="async"
        onError={() => setMissing(true)}
      />
      {heat !== undefined && opacity !== undefined && (
        <span
          className="heat"
          style={{ opacity, backgroundImage: `url(${heatPicture(heat, side)})` }}
        />
      )}
    </span>
  );
}

const decoded = new WeakMap<ImageFeature, readonly Uint8Array[]>();

/** The heat map of example `j`: uint8 `[tokens]`, undefined when examples have one token. */
export function heatOf(feature: ImageFeature, j: number): Uint8Array | undefined {
  if (feature.maps === '') return undefined;
  let maps = decoded.get(feature);
  if (maps === undefined) {
    const bytes = Uint8Array.from(atob(feature.maps), (char) => char.charCodeAt(0));
    const tokens = bytes.length / feature.examples.length;
    maps = feature.examples.map((_, i) => bytes.subarray(i * tokens, (i + 1) * tokens));
    decoded.set(feature, maps);
  }
  return maps[j];
}
