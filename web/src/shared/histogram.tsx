// How values are spread, as bars.
import type { ReactNode } from 'react';
import { HorizontalAxis } from './axes.tsx';
import { formatValue } from './format.ts';
import { decades, formatDecade, linearScale, type Range, type Scale } from './plot-scale.ts';
import './histogram.css';

const WIDTH = 320;
const HEIGHT = 96;
const BASE = HEIGHT - 20;

/** A value to notice. */
export interface Mark {
  readonly name: string;
  readonly at: number;
}

/** How the axis is read. */
interface Ticks {
  readonly place: (range: Range) => readonly number[];
  readonly format: (value: number) => string;
}

const LOG_TICKS: Ticks = { place: decades, format: formatDecade };
const LINEAR_TICKS: Ticks = {
  place: ([from, to]) => [0.1, 0.5, 0.9].map((part) => from + (to - from) * part),
  format: formatValue,
};

/** Counts between edges, which are log10 unless `ticks` says otherwise, with marks for notable values. */
export function Histogram(props: {
  /** What is counted. */
  subject?: string;
  counts: readonly number[];
  /** Some of the counted, drawn before the others. */
  front?: readonly number[];
  edges: readonly number[];
  marks?: readonly Mark[];
  ticks?: Ticks;
}) {
  const { subject = 'values', counts, front, edges, marks = [], ticks = LOG_TICKS } = props;
  const x = linearScale([edges[0]!, edges.at(-1)!], 4, WIDTH - 4);
  const tallest = Math.max(1, ...counts);
  const peak = counts.indexOf(Math.max(...counts));
  const label = `Histogram of ${subject}: most lie near ${ticks.format(edges[peak] ?? 0)}`;
  return (
    <svg className="histogram" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <HorizontalAxis
        scale={x}
        ticks={ticks.place(x.domain)}
        format={ticks.format}
        top={4}
        bottom={BASE}
        below={14}
        width={WIDTH}
      />
      <Bars
        className={front === undefined ? 'bar' : 'bar back'}
        {...{ counts, edges, x, tallest }}
      />
      {front !== undefined && <Bars className="bar" counts={front} {...{ edges, x, tallest }} />}
      {marks
        .filter(({ at }) => at >= x.domain[0] && at <= x.domain[1])
        .map(({ name, at }) => (
          <g key={name} className={`mark mark-${name}`}>
            <line x1={x.toPixel(at)} x2={x.toPixel(at)} y1={2} y2={BASE} />
            <title>{name}</title>
          </g>
        ))}
      <line className="base" x1={4} x2={WIDTH - 4} y1={BASE} y2={BASE} />
    </svg>
  );
}

/** All bars in one path: hundreds of elements would take long to change. */
function Bars(props: {
  className: string;
  counts: readonly number[];
  edges: readonly number[];
  x: Scale;
  tallest: number;
}) {
  const { className, counts, edges, x, tallest } = props;
  let path = '';
  counts.forEach((count, i) => {
    if (count === 0) return;
    const height = Math.max(1, (count / tallest) * (BASE - 8));
    const right = x.toPixel(edges[i + 1]!) - 0.6;
    path += `M${x.toPixel(edges[i]!).toFixed(2)},${BASE}v${(-height).toFixed(2)}H${right.toFixed(2)}V${BASE}Z`;
  });
  return <path className={className} d={path} />;
}

/** A histogram over a range in even steps, with what it is of below. Nothing when the range is empty. */
export function Spread(props: {
  counts: readonly number[];
  range: Range;
  marks?: readonly Mark[];
  children: ReactNode;
}) {
  const { counts, range, marks, children } = props;
  const [low, high] = range;
  if (counts.length === 0 || !(high > low)) return null;
  const edges = Array.from(
    { length: counts.length + 1 },
    (_, i) => low + ((high - low) * i) / counts.length,
  );
  return (
    <figure className="spread">
      <Histogram counts={counts} edges={edges} marks={marks} ticks={LINEAR_TICKS} />
      <figcaption>{children}</figcaption>
    </figure>
  );
}
