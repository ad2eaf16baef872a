import { memo, type PointerEvent, useState } from 'react';
import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { metricName } from '../../../../src/pages/run-settings.ts';
import { metricColumn } from '../columns.ts';
import { DOT, type Encoding } from '../encoding.ts';
import type { RunsState } from '../runs-state.ts';
import { PlotAxes, usePlotFrame } from './plot-frame.tsx';
import './metric-plot.css';

/** Shorter drags are clicks; as near as that, a click is of a dot. */
const CLICK = 4;
const NEAR = 16;

interface Dot {
  readonly run: RunEntry;
  readonly x: number;
  readonly y: number;
}

/** Two metrics of runs against each other. A click chooses a run, a rectangle all that lie in it. */
export const MetricPlot = memo(function MetricPlot(props: {
  runs: readonly RunEntry[];
  state: Pick<RunsState, 'isLogX' | 'isLogY'> & { x: string; y: string };
  colour: Encoding<string> | undefined;
  shape: Encoding<string> | undefined;
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
  onToggle: (id: string) => void;
}) {
  const { runs, state, colour, shape, chosen, onChoose, onToggle } = props;
  const [brush, setBrush] = useState<readonly [Point, Point]>();
  const [hovered, setHovered] = useState<string>();
  const frame = usePlotFrame({
    usual: 560,
    heightOf: (width) => Math.max(260, Math.min(420, width * 0.68)),
    across: { values: runs.map(({ metrics }) => metrics[state.x]), isLog: state.isLogX },
    up: { values: runs.map(({ metrics }) => metrics[state.y]), isLog: state.isLogY },
  });
  const { width, height, x, y, at } = frame;
  const dots: Dot[] = runs.flatMap((run) => {
    const [left, up] = [x.place(run.metrics[state.x]), y.place(run.metrics[state.y])];
    return left === undefined || up === undefined
      ? []
      : [{ run, x: x.scale.toPixel(left), y: y.scale.toPixel(up) }];
  });
  // Chosen ones lie on top.
  const ordered = dots.toSorted(
    (a, b) => Number(chosen.includes(a.run.id)) - Number(chosen.includes(b.run.id)),
  );
  const nearest = (point: Point): Dot | undefined => {
    const distance = (dot: Dot): number => Math.hypot(dot.x - point.x, dot.y - point.y);
    const best = dots.toSorted((a, b) => distance(a) - distance(b))[0];
    return best !== undefined && distance(best) <= NEAR ? best : undefined;
  };
  const onPointerUp = (event: PointerEvent): void => {
    if (brush === undefined) return;
    setBrush(undefined);
    if (isClick(brush)) {
      const dot = nearest(brush[0]);
      if (dot !== undefined) onToggle(dot.run.id);
      else onChoose([]);
      return;
    }
    const [left, right, top, bottom] = sidesOf(brush);
    const inside = dots
      .filter((dot) => dot.x >= left && dot.x <= right && dot.y >= top && dot.y <= bottom)
      .map(({ run }) => run.id);
    onChoose(event.shiftKey ? [...new Set([...chosen, ...inside])] : inside);
  };
  const shown = dots.find(({ run }) => run.id === hovered);
  const [left, right, top, bottom] = brush === undefined ? [0, 0, 0, 0] : sidesOf(brush);

  return (
    <figure className="metric-plot" ref={frame.figure}>
      <svg
        ref={frame.svg}
        viewBox={`0 0 ${width} ${height}`}
        style={{ height }}
        role="img"
        aria-label={`${metricName(state.x)} against ${metricName(state.y)} of ${dots.length} runs; the table holds the same`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setBrush([at(event), at(event)]);
        }}
        onPointerMove={(event) => {
          const point = at(event);
          if (brush !== undefined) setBrush([brush[0], point]);
          setHovered(brush === undefined ? nearest(point)?.run.id : undefined);
        }}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setBrush(undefined)}
        onPointerLeave={() => setHovered(undefined)}
      >
        <PlotAxes frame={frame} across={metricName(state.x)} up={metricName(state.y)} />
        {ordered.map(({ run, x: left, y: up }) => (
          <g key={run.id} transform={`translate(${left.toFixed(1)} ${up.toFixed(1)})`}>
            {chosen.includes(run.id) && <circle className="dot-ring" r={10} />}
            <path
              className="run-dot"
              d={shape?.of(run) ?? DOT}
              style={{ '--dot': colour?.of(run) ?? 'var(--accent)' } as React.CSSProperties}
              data-open={run.metricsFrom !== 'evaluation' || undefined}
              data-hovered={run.id === hovered || undefined}
            />
          </g>
        ))}
        {brush !== undefined && !isClick(brush) && (
          <rect className="run-brush" x={left} y={top} width={right - left} height={bottom - top} />
        )}
      </svg>
      {dots.length === 0 && (
        <p className="plot-empty">
          No run has both numbers yet: they come with the first line of training, or with the
          evaluation.
        </p>
      )}
      {shown !== undefined && (
        <figcaption
          style={{ left: `${(shown.x / width) * 100}%`, top: `${(shown.y / height) * 100}%` }}
          data-flip={shown.x > width / 2 || undefined}
        >
          <b>{shown.run.name}</b>
          {[state.x, state.y].map(metricColumn).map((column) => (
            <span key={column.name}>
              {column.title} {column.text(shown.run)}
            </span>
          ))}
          {[colour, shape].map(
            (encoding) =>
              encoding !== undefined && (
                <span key={encoding.setting}>
                  {encoding.setting} {String(shown.run.settings[encoding.setting] ?? 'not set')}
                </span>
              ),
          )}
          {shown.run.tag !== '' && <span>{shown.run.tag}</span>}
        </figcaption>
      )}
    </figure>
  );
});

interface Point {
  readonly x: number;
  readonly y: number;
}

function isClick([from, to]: readonly [Point, Point]): boolean {
  return Math.hypot(to.x - from.x, to.y - from.y) < CLICK;
}

/** Left, right, top and bottom of a rectangle between two corners. */
function sidesOf([a, b]: readonly [Point, Point]): readonly [number, number, number, number] {
  return [Math.min(a.x, b.x), Math.max(a.x, b.x), Math.min(a.y, b.y), Math.max(a.y, b.y)];
}
