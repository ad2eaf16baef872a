import { decades, formatDecade, linearScale, type Range } from './plot-scale.ts';

const WIDTH = 320;
const HEIGHT = 96;
const BASE = HEIGHT - 20;

/** How values are spread: counts between edges, which are log10 unless `ticks` says otherwise, with marks for notable values. */
export function Histogram(props: {
  counts: readonly number[];
  edges: readonly number[];
  marks: readonly { name: string; log: number }[];
  ticks?: { place: (range: Range) => readonly number[]; format: (value: number) => string };
}) {
  const { counts, edges, marks, ticks = { place: decades, format: formatDecade } } = props;
  const x = linearScale([edges[0]!, edges.at(-1)!], 4, WIDTH - 4);
  const tallest = Math.max(1, ...counts);
  const peak = counts.indexOf(Math.max(...counts));
  const label = `Histogram of values: most lie near ${ticks.format(edges[peak] ?? 0)}`;
  return (
    <svg className="histogram" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <g className="axis">
        {ticks.place(x.domain).map((tick) => (
          <g key={tick} transform={`translate(${x.toPixel(tick)} 0)`}>
            <line y1={4} y2={BASE} />
            <text y={BASE + 14} textAnchor="middle">
              {ticks.format(tick)}
            </text>
          </g>
        ))}
      </g>
      {counts.map((count, i) => {
        const left = x.toPixel(edges[i]!);
        const height = (count / tallest) * (BASE - 8);
        return (
          count > 0 && (
            <rect
              key={edges[i]}
              className="bar"
              x={left}
              y={BASE - Math.max(1, height)}
              width={x.toPixel(edges[i + 1]!) - left - 0.6}
              height={Math.max(1, height)}
            />
          )
        );
      })}
      {marks
        .filter(({ log }) => log >= x.domain[0] && log <= x.domain[1])
        .map(({ name, log }) => (
          <g key={name} className={`mark mark-${name}`}>
            <line x1={x.toPixel(log)} x2={x.toPixel(log)} y1={2} y2={BASE} />
            <title>{name}</title>
          </g>
        ))}
      <line className="base" x1={4} x2={WIDTH - 4} y1={BASE} y2={BASE} />
    </svg>
  );
}
