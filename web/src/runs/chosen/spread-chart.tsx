import { memo, useRef } from 'react';
import { HorizontalAxis } from '../../shared/axes.tsx';
import { formatCount } from '../../shared/format.ts';
import { decades, formatDecade, linearScale } from '../../shared/plot-scale.ts';
import { useWidth } from '../use-width.ts';
import { type Bins, edgeOf } from './spreads.ts';
import './spread-chart.css';

const HEIGHT = 100;
const TOP = 14;
const BASE = HEIGHT - 18;
/** Room of the bar of dead latents, and where the bins begin. */
const DEAD = { left: 6, width: 14 };
const LEFT = 46;

/** How the latents of a run are spread; those that are dead stand apart, at the left. */
export const SpreadChart = memo(function SpreadChart(props: {
  subject: string;
  bins: Bins;
  counts: readonly number[];
  dead: number;
  /** What the highest bar stands for, the same for all runs. */
  tallest: number;
}) {
  const { subject, bins, counts, dead, tallest } = props;
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure, 300);
  const x = linearScale([bins.low, edgeOf(bins, bins.count)], LEFT, width - 4);
  const heightOf = (count: number): number =>
    count === 0 ? 0 : Math.max(1, Math.min(1, count / tallest) * (BASE - TOP));
  return (
    <figure className="spread-chart" ref={figure}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        style={{ height: HEIGHT }}
        role="img"
        aria-label={`Histogram of ${subject}, ${formatCount(dead)} dead latents beside it`}
      >
        <HorizontalAxis
          scale={x}
          ticks={decades(x.domain)}
          format={formatDecade}
          top={TOP}
          bottom={BASE}
          below={13}
          width={width}
        />
        <path
          className="spread-bars"
          d={counts
            .map((count, i) => {
              const left = x.toPixel(edgeOf(bins, i));
              const right = x.toPixel(edgeOf(bins, i + 1)) - 0.4;
              const top = BASE - heightOf(count);
              return count === 0
                ? ''
                : `M${left.toFixed(2)},${BASE}V${top.toFixed(2)}H${right.toFixed(2)}V${BASE}Z`;
            })
            .join('')}
        />
        <rect
          className="spread-dead"
          x={DEAD.left}
          y={BASE - heightOf(dead)}
          width={DEAD.width}
          height={heightOf(dead)}
        />
        <text className="spread-note" x={DEAD.left + DEAD.width / 2} y={BASE + 13}>
          dead
        </text>
        <text className="spread-note" x={DEAD.left + DEAD.width / 2} y={BASE - heightOf(dead) - 3}>
          {formatCount(dead)}
        </text>
        <line
          className="spread-base"
          x1={DEAD.left}
          x2={DEAD.left + DEAD.width}
          y1={BASE}
          y2={BASE}
        />
        <line className="spread-base" x1={LEFT} x2={width - 4} y1={BASE} y2={BASE} />
      </svg>
      <figcaption>{subject}</figcaption>
    </figure>
  );
});
