import type { ScoreConcept, ScoreLatent } from '../../../src/pages/score-page.ts';
import { AxisTitle, HorizontalAxis, VerticalAxis } from '../shared/axes.tsx';
import { linearScale } from '../shared/plot-scale.ts';
import { formatScore } from './shown.ts';
import './precision-recall.css';

const [WIDTH, HEIGHT] = [380, 250];
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 370, 10, 208];
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const across = linearScale([0, 1], LEFT, RIGHT);
const up = linearScale([0, 1], BOTTOM, TOP);

/** Precision against recall of a concept's latents, the best one in front; its threshold is the dot. */
export function PrecisionRecall(props: { concept: ScoreConcept; best: ScoreLatent }) {
  const { concept, best } = props;
  const share = concept.positives / concept.rows;
  const others = concept.latents.filter((latent) => latent !== best);
  return (
    <svg
      className="precision-recall"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Precision and recall of latent ${best.latent}: precision ${formatScore(best.precision)} at recall ${formatScore(best.recall)} with its threshold`}
    >
      <HorizontalAxis
        scale={across}
        ticks={TICKS}
        format={String}
        top={TOP}
        bottom={BOTTOM}
        below={15}
        width={WIDTH}
      />
      <VerticalAxis scale={up} ticks={TICKS} format={String} left={LEFT} right={RIGHT} />
      <AxisTitle x={(LEFT + RIGHT) / 2} y={HEIGHT - 6}>
        recall
      </AxisTitle>
      <AxisTitle x={12} y={(TOP + BOTTOM) / 2} turned>
        precision
      </AxisTitle>
      <line
        className="base-rate"
        x1={LEFT}
        x2={RIGHT}
        y1={up.toPixel(share)}
        y2={up.toPixel(share)}
      >
        <title>share of all rows with the concept</title>
      </line>
      {others.map(({ latent, curve }) => (
        <path key={latent} d={pathOf(curve)} />
      ))}
      <path data-best d={pathOf(best.curve)} />
      <circle
        className="threshold"
        r={4}
        cx={across.toPixel(best.recall)}
        cy={up.toPixel(best.precision)}
      />
    </svg>
  );
}

function pathOf(curve: ScoreLatent['curve']): string {
  return curve
    .map(
      ([recall, precision], i) =>
        `${i === 0 ? 'M' : 'L'}${across.toPixel(recall).toFixed(1)} ${up.toPixel(precision).toFixed(1)}`,
    )
    .join('');
}
