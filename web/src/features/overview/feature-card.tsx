import { memo } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { formatCount, formatShare, formatValue, powerOf } from '../../shared/format.ts';
import { showToken } from '../../shared/tokens.ts';
import { ConceptBadges } from '../badges.tsx';
import { CardMark } from '../marks/star.tsx';
import type { ConceptsByLatent } from '../order.ts';
import { addressOf, NOTHING_OPEN, opacityOf, type ViewState } from '../view-state.ts';
import { ImageCard } from './image-card.tsx';
import { TextCard } from './text-card.tsx';
import './feature-card.css';

/** A feature in the overview: its best examples, how often and how strongly it fires. */
export const FeatureCard = memo(function FeatureCard(props: {
  index: PageIndex;
  position: number;
  state: ViewState;
  concepts: ConceptsByLatent;
  isActive: boolean;
}) {
  const { index, position, state, concepts, isActive } = props;
  const { latent, logFrequency, logValue, label, labelShare } = index.features;
  const matches = concepts.get(latent[position]!);
  const opacity = opacityOf(state);
  return (
    <a
      className="card"
      href={addressOf({ ...state, ...NOTHING_OPEN, latent: latent[position]! })}
      tabIndex={isActive ? 0 : -1}
      data-position={position}
    >
      {index.modality === 'image' ? (
        <ImageCard index={index} position={position} opacity={opacity} />
      ) : (
        <TextCard index={index} position={position} opacity={opacity} />
      )}
      <span className="card-title">
        <b>{formatCount(latent[position]!)}</b>
        <CardMark latent={latent[position]!} />
        {matches === undefined ? (
          label[position] !== '' &&
          labelShare[position]! >= 0.5 && (
            <span className="hint" title={`${formatShare(labelShare[position]!)} of its examples`}>
              {index.modality === 'image' ? label[position] : showToken(label[position]!)}
            </span>
          )
        ) : (
          <ConceptBadges matches={matches.slice(0, 1)} />
        )}
      </span>
      <span className="card-numbers">
        <span title="How often it fires">{formatShare(powerOf(logFrequency[position]!))}</span>
        <span title="Mean value where it fires">
          mean {formatValue(powerOf(logValue[position]!))}
        </span>
      </span>
    </a>
  );
});
