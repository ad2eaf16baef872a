import type { ImagePageIndex } from '../../../src/pages/feature-page.ts';
import { imageAddress } from '../shared/page-source.ts';
import { HeatCanvas } from './heat-canvas.tsx';

export interface ImageExampleProps {
  index: ImagePageIndex;
  image: number;
  /** Text that stands for the picture. */
  alt: string;
  heat: Uint8Array | undefined;
  /** Of the heat map, 0 to 1; undefined hides it. */
  opacity: number | undefined;
}

/** An image with its heat map over it. */
export function ImageExample({ index, image, alt, heat, opacity }: ImageExampleProps) {
  return (
    <span className="image-example">
      <img src={imageAddress(index, image)} alt={alt} loading="lazy" decoding="async" />
      {heat !== undefined && opacity !== undefined && (
        <span className="heat-layer" style={{ opacity }}>
          <HeatCanvas heat={heat} side={index.images.side} />
        </span>
      )}
    </span>
  );
}
