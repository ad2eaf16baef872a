import type { PageIndex } from '../../../src/visuals/page-data.ts';
import { ImageExample } from '../examples/image-example.tsx';
import { formatCount, formatShare, formatValue } from '../shared/format.ts';
import { ConceptBadges } from './concept-badges.tsx';
import type { ConceptsByLatent } from './order.ts';
import { heatOf, useExamples } from './use-examples.ts';
import { formatState, type ViewState } from './view-state.ts';

/** A feature in the overview: its four best examples, how often and how strongly it fires. */
export function FeatureCard(props: {
  index: PageIndex;
  position: number;
  state: ViewState;
  concepts: ConceptsByLatent;
  isActive: boolean;
}) {
  const { index, position, state, concepts, isActive } = props;
  const { latent, logFrequency, logValue, label, labelShare } = index.features;
  const examples = useExamples(index, position);
  const matches = concepts.get(latent[position]!);
  const opacity = state.heat ? state.opacity : undefined;
  return (
    <a
      className="card"
      href={`#${formatState({ ...state, latent: latent[position]! })}`}
      tabIndex={isActive ? 0 : -1}
      data-position={position}
    >
      <span className="montage">
        {typeof examples === 'object' &&
          'examples' in examples &&
          examples.examples
            .slice(0, 4)
            .map(({ example }, j) => (
              <ImageExample
                key={example}
                index={index}
                image={example}
                alt=""
                heat={heatOf(examples, j)}
                opacity={opacity}
              />
            ))}
      </span>
      <span className="card-title">
        <b>{formatCount(latent[position]!)}</b>
        {matches === undefined ? (
          label[position] !== '' &&
          labelShare[position]! >= 0.5 && (
            <span className="hint" title={`${formatShare(labelShare[position]!)} of its examples`}>
              {label[position]}
            </span>
          )
        ) : (
          <ConceptBadges matches={matches.slice(0, 1)} />
        )}
      </span>
      <span className="card-numbers">
        <span title="How often it fires">
          {formatShare(10 ** (logFrequency[position] ?? Number.NEGATIVE_INFINITY))}
        </span>
        <span title="Mean value where it fires">
          ⌀ {formatValue(10 ** (logValue[position] ?? Number.NEGATIVE_INFINITY))}
        </span>
      </span>
    </a>
  );
}
