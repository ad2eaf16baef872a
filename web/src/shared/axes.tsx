// Axes of plots: lines across the plot, each with its number.
import type { Scale } from './plot-scale.ts';
import './axes.css';

/** Pixels of half a character of a tick. */
const HALF = 3.3;

/** Upright lines between two heights, their numbers `below` pixels under them and none cut off at `width`. */
export function HorizontalAxis(props: {
  scale: Scale;
  ticks: readonly number[];
  format: (tick: number) => string;
  top: number;
  bottom: number;
  below: number;
  width: number;
}) {
  const { scale, ticks, format, top, bottom, below, width } = props;
  return (
    <g className="axis">
      {ticks.map((tick) => {
        const at = scale.toPixel(tick);
        const half = HALF * format(tick).length;
        return (
          <g key={tick} transform={`translate(${at} 0)`}>
            <line y1={top} y2={bottom} />
            <text
              x={Math.max(half, Math.min(width - half, at)) - at}
              y={bottom + below}
              textAnchor="middle"
            >
              {format(tick)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Level lines between two sides, their numbers at the left. */
export function VerticalAxis(props: {
  scale: Scale;
  ticks: readonly number[];
  format: (tick: number) => string;
  left: number;
  right: number;
}) {
  const { scale, ticks, format, left, right } = props;
  return (
    <g className="axis">
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(0 ${scale.toPixel(tick)})`}>
          <line x1={left} x2={right} />
          <text x={left - 5} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** What an axis measures, written about a point; `turned` reads upwards. */
export function AxisTitle(props: { x: number; y: number; turned?: boolean; children: string }) {
  const { x, y, turned, children } = props;
  const place = turned ? { transform: `translate(${x} ${y}) rotate(-90)` } : { x, y };
  return (
    <text className="axis-title" {...place}>
      {children}
    </text>
  );
}
