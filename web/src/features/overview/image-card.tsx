import { memo } from 'react';
import type { ImagePageIndex } from '../../../../src/pages/feature-page.ts';
import { heatOf, ImageExample } from '../../examples/image-example.tsx';
import { useSource } from '../feature-source.ts';
import { isLoaded, useFeature } from '../use-feature.ts';
import './image-card.css';

/** The four best examples of a feature. */
export const ImageCard = memo(function ImageCard(props: {
  index: ImagePageIndex;
  position: number;
  opacity: number | undefined;
}) {
  const { index, position, opacity } = props;
  const { image } = useSource();
  const loaded = useFeature(index, position);
  return (
    <span className="montage">
      {isLoaded(loaded) &&
        loaded.feature.examples
          .slice(0, 4)
          .map(({ example }, j) => (
            <ImageExample
              key={example}
              picture={image(example)}
              side={index.images.side}
              image={example}
              alt=""
              heat={heatOf(loaded.feature, j)}
              opacity={opacity}
              isNear
            />
          ))}
    </span>
  );
});
