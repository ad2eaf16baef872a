import { useEffect, useRef, useState } from 'react';
import type { PageIndex } from '../../../src/visuals/page-data.ts';
import { ImageExample } from '../examples/image-example.tsx';
import { formatCount, formatShare, formatValue } from '../shared/format.ts';
import { Histogram } from '../shared/histogram.tsx';
import { ConceptBadges } from './concept-badges.tsx';
import { Lightbox } from './lightbox.tsx';
import type { ConceptsByLatent } from './order.ts';
import { heatOf, prefetch, useExamples } from './use-examples.ts';
import type { ViewState } from './view-state.ts';

/** One feature: how often and how strongly it fires, and the examples it fires on most. */
export function FeatureView(props: {
  index: PageIndex;
  position: number;
  neighbours: readonly (number | undefined)[];
  state: ViewState;
  concepts: ConceptsByLatent;
}) {
  const { index, position, neighbours, state, concepts } = props;
  useEffect(() => prefetch(index, neighbours), [index, neighbours]);
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
  matches: ReturnType<ConceptsByLatent['get']>;
}) {
  const { index, position, state, matches } = props;
  const { latent, logFrequency, logValue, max, percentile, label, labelShare } = index.features;
  const examples = useExamples(index, position);
  const [enlarged, setEnlarged] = useState<number>();
  const frequency = 10 ** (logFrequency[position] ?? Number.NEGATIVE_INFINITY);
  const mean = 10 ** (logValue[position] ?? Number.NEGATIVE_INFINITY);
  const isLoaded = typeof examples === 'object' && 'examples' in examples;
  const opacity = state.heat ? state.opacity : undefined;
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    // The card that was opened is gone: reading and scrolling by keyboard go on here.
    if (document.activeElement === document.body) article.current?.focus({ preventScroll: true });
  }, []);
  const scoreName = index.rankBy === 'max' ? 'largest value' : 'sum of values';
  return (
    <article ref={article} tabIndex={-1} className="feature" aria-labelledby="feature-title">
      <header className="feature-head">
        <div className="feature-name">
          <h2 id="feature-title">
            <span>Feature</span> {formatCount(latent[position]!)}
          </h2>
          <p className="badges">
            <ConceptBadges matches={matches} />
            {label[position] !== '' && (
              <span className="badge plain" title="The commonest label among its examples">
                <b>{formatShare(labelShare[position]!)}</b> {label[position]}
              </span>
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
          {isLoaded ? (
            <Histogram
              counts={examples.histogram}
              edges={index.histogramEdges}
              marks={[{ name: 'mean', log: Math.log10(mean) }]}
            />
          ) : (
            <div className="histogram" />
          )}
          <figcaption>values where it fires (log scale); the line is their mean</figcaption>
        </figure>
      </header>
      {!isLoaded ? (
        <p className="waiting" role="status">
          {examples === 'loading' ? 'Loading examples…' : `Examples are missing: ${examples.error}`}
        </p>
      ) : (
        <ol className="examples">
          {examples.examples.map(({ example, score, label: name, source }, j) => (
            <li key={example}>
              <button
                type="button"
                title={`${source}\n${scoreName} ${formatValue(score)}`}
                onClick={() => setEnlarged(j)}
              >
                <ImageExample
                  index={index}
                  image={example}
                  alt={`Example ${j + 1}: ${name || source}`}
                  heat={heatOf(examples, j)}
                  opacity={opacity}
                />
                <span className="caption">
                  <span className="caption-label">{name}</span>
                  <span>{formatValue(score)}</span>
                </span>
              </button>
            </li>
          ))}
          {examples.examples.length === 0 && <li className="waiting">It never fires.</li>}
        </ol>
      )}
      {isLoaded && enlarged !== undefined && (
        <Lightbox
          index={index}
          features={examples}
          shown={enlarged}
          opacity={opacity}
          onShow={setEnlarged}
          onClose={() => setEnlarged(undefined)}
        />
      )}
    </article>
  );
}
