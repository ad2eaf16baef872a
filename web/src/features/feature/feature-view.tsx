import { useEffect, useRef } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { formatCount, formatShare, formatValue, powerOf } from '../../shared/format.ts';
import { Histogram } from '../../shared/histogram.tsx';
import { useKeyHint } from '../../shared/shortcuts.ts';
import { showToken } from '../../shared/tokens.ts';
import { Badge, ConceptBadges } from '../badges.tsx';
import { useSource } from '../feature-source.ts';
import { MarkFields } from '../marks/mark-fields.tsx';
import { StarButton } from '../marks/star.tsx';
import type { ConceptsByLatent } from '../order.ts';
import { isLoaded, prefetch, useFeature } from '../use-feature.ts';
import type { ChangeView, ViewState } from '../view-state.ts';
import { ImageExamples } from './image-feature.tsx';
import { TextFeatureBody } from './text-feature.tsx';
import './feature-view.css';

/** One feature: how often and how strongly it fires, and the examples it fires on most. */
export function FeatureView(props: {
  index: PageIndex;
  position: number;
  /** Positions of the next feature and the one before. */
  neighbours: readonly [number | undefined, number | undefined];
  state: ViewState;
  change: ChangeView;
  concepts: ConceptsByLatent;
}) {
  const { index, position, neighbours, state, concepts } = props;
  const [next, previous] = neighbours;
  const source = useSource();
  useEffect(() => prefetch(source, [next, previous]), [source, next, previous]);
  if (position < 0) {
    return (
      <div className="empty">
        <p>Feature {state.latent} is not on this page.</p>
        <p>
          The page shows {formatCount(index.features.latent.length)} of the{' '}
          {formatCount(index.dSae)} latents.
        </p>
      </div>
    );
  }
  return <Known {...props} matches={concepts.get(index.features.latent[position]!)} />;
}

function Known(props: {
  index: PageIndex;
  position: number;
  state: ViewState;
  change: ChangeView;
  matches: ReturnType<ConceptsByLatent['get']>;
}) {
  const { index, position, state, change, matches } = props;
  const { latent, logFrequency, logValue, max, percentile, label, labelShare } = index.features;
  const loaded = useFeature(index, position);
  const keyHint = useKeyHint();
  const frequency = powerOf(logFrequency[position]!);
  const mean = powerOf(logValue[position]!);
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    // The card that was opened is gone: reading and scrolling by keyboard go on here.
    if (document.activeElement === document.body) article.current?.focus({ preventScroll: true });
  }, []);
  return (
    <article ref={article} tabIndex={-1} className="feature" aria-labelledby="feature-title">
      <header className="feature-head">
        <div className="feature-name">
          <div className="name-line">
            <h2 id="feature-title">
              <span>Feature</span> {formatCount(latent[position]!)}
            </h2>
            <StarButton latent={latent[position]!} hint={keyHint('Bookmark', 'b')} />
          </div>
          <p className="badges">
            <ConceptBadges matches={matches} />
            {label[position] !== '' && (
              <Badge isPlain title="The commonest label among its examples">
                <b>{formatShare(labelShare[position]!)}</b>{' '}
                {index.modality === 'image' ? label[position] : showToken(label[position]!)}
              </Badge>
            )}
          </p>
        </div>
        <dl className="statistics">
          <div>
            <dt>fires on</dt>
            <dd>
              {formatShare(frequency)} <small>of {index.token.many}</small>
            </dd>
          </div>
          <div>
            <dt>mean value</dt>
            <dd>{formatValue(mean)}</dd>
          </div>
          <div>
            <dt>{index.percentile}th percentile</dt>
            <dd>{formatValue(percentile[position]!)}</dd>
          </div>
          <div>
            <dt>largest value</dt>
            <dd>{formatValue(max[position]!)}</dd>
          </div>
        </dl>
        <figure className="spread">
          {isLoaded(loaded) ? (
            <Histogram
              counts={loaded.feature.histogram}
              edges={index.histogramEdges}
              marks={[{ name: 'mean', at: Math.log10(mean) }]}
            />
          ) : (
            <div className="histogram" />
          )}
          <figcaption>values where it fires (log scale); the line is their mean</figcaption>
        </figure>
      </header>
      <MarkFields key={latent[position]!} latent={latent[position]!} />
      {!isLoaded(loaded) ? (
        <p className="waiting" role="status">
          {loaded === 'loading' ? 'Loading examples…' : `Examples are missing: ${loaded.error}`}
        </p>
      ) : (
        <Body index={index} position={position} state={state} change={change} />
      )}
    </article>
  );
}

/** What the feature fires on, as its modality shows it. */
function Body(props: { index: PageIndex; position: number; state: ViewState; change: ChangeView }) {
  const { index, ...rest } = props;
  return index.modality === 'image' ? (
    <ImageExamples index={index} {...rest} />
  ) : (
    <TextFeatureBody index={index} {...rest} />
  );
}
