import type { ImagePageIndex } from '../../../../src/pages/feature-page.ts';
import { heatOf, ImageExample } from '../../examples/image-example.tsx';
import { formatValue } from '../../shared/format.ts';
import { useSource } from '../feature-source.ts';
import { isLoaded, useFeature } from '../use-feature.ts';
import { type ChangeView, opacityOf, type ViewState } from '../view-state.ts';
import { Lightbox } from './lightbox.tsx';
import { Nearest } from './sections/nearest.tsx';
import './image-feature.css';

/** The images on which a feature fires most. */
export function ImageExamples(props: {
  index: ImagePageIndex;
  position: number;
  state: ViewState;
  change: ChangeView;
}) {
  const { index, position, state, change } = props;
  const { image } = useSource();
  const loaded = useFeature(index, position);
  const opacity = opacityOf(state);
  if (!isLoaded(loaded)) return null;
  const { feature } = loaded;
  const scoreName = index.rankBy === 'max' ? 'largest value' : 'sum of values';
  return (
    <>
      <ol className="examples">
        {feature.examples.map(({ example, score, label: name, source }, j) => (
          <li key={example}>
            <button
              type="button"
              title={`${source}\n${scoreName} ${formatValue(score)}`}
              onClick={() => change({ example: j })}
            >
              <ImageExample
                picture={image(example)}
                side={index.images.side}
                image={example}
                alt={`Example ${j + 1}: ${name || source}`}
                heat={heatOf(feature, j)}
                opacity={opacity}
              />
              <span className="caption">
                <span className="caption-label">{name}</span>
                <span>{formatValue(score)}</span>
              </span>
            </button>
          </li>
        ))}
        {feature.examples.length === 0 && <li className="waiting">It never fires.</li>}
      </ol>
      <Nearest index={index} feature={feature} />
      {state.example !== undefined && state.example < feature.examples.length && (
        <Lightbox
          index={index}
          feature={feature}
          shown={state.example}
          opacity={opacity}
          onShow={(example) => change({ example })}
          onClose={() => change({ example: undefined })}
        />
      )}
    </>
  );
}
