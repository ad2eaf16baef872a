import { type PointerEvent, useState } from 'react';
import type { RunCurve } from '../../../../src/pages/run-page.ts';
import { formatCount, formatValue } from '../../shared/format.ts';
import type { MetricAxis } from '../plot/metric-axis.ts';
import { PlotAxes, usePlotFrame } from '../plot/plot-frame.tsx';
import './curve-plot.css';

/** A curve of a chosen run. */
export interface ChosenCurve {
  readonly id: string;
  readonly name: string;
  /** Its place among the chosen runs, which says its colour and its dashes. */
  readonly place: number;
  readonly curve: RunCurve;
}

/** A metric over the steps of several runs, one line each. */
export function CurvePlot(props: {
  metric: string;
  curves: readonly ChosenCurve[];
  isLog: boolean;
}) {
  const { metric, curves, isLog } = props;
  const [pointed, setPointed] = useState<number>();
  const frame = usePlotFrame({
    usual: 900,
    heightOf: (width) => Math.max(200, Math.min(320, width * 0.3)),
    across: { values: curves.flatMap(({ curve }) => [...curve.steps]), isLog: false },
    up: { values: curves.flatMap(({ curve }) => [...curve.values]), isLog },
  });
  const { width, height, x, y } = frame;
  const onPointerMove = (event: PointerEvent): void =>
    setPointed(x.scale.toValue(frame.at(event).x));
  const readings =
    pointed === undefined
      ? []
      : curves.flatMap((each) => {
          const i = nearestStep(each.curve.steps, pointed);
          const value = each.curve.values[i];
          return value == null ? [] : [{ ...each, step: each.curve.steps[i]!, value }];
        });
  const last = curves.map(({ name, curve }) => {
    const value = curve.values.findLast((each) => each !== null);
    return `${name} ends at ${value === undefined || value === null ? 'nothing' : formatValue(value)}`;
  });
  return (
    <figure className="curve-plot" ref={frame.figure}>
      <svg
        ref={frame.svg}
        viewBox={`0 0 ${width} ${height}`}
        style={{ height }}
        role="img"
        aria-label={`${metric} over the steps of training: ${last.join(', ')}`}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPointed(undefined)}
      >
        <PlotAxes frame={frame} across="step" />
        {curves.map(({ id, place, curve }) => (
          <path key={id} className="curve" data-place={place} d={lineOf(curve, x, y)} />
        ))}
        {readings.map(({ id, place, step, value }) => {
          const up = y.place(value);
          return (
            up !== undefined && (
              <circle
                key={id}
                className="curve-reading"
                data-place={place}
                cx={x.scale.toPixel(step)}
                cy={y.scale.toPixel(up)}
                r={4}
              />
            )
          );
        })}
      </svg>
      <figcaption>
        {readings.length === 0
          ? 'Point at the curves to read them.'
          : readings.map(({ id, place, step, value }) => (
              <span key={id}>
                <b data-place={place}>{place + 1}</b> step {formatCount(step)}: {formatValue(value)}
              </span>
            ))}
      </figcaption>
    </figure>
  );
}

function lineOf({ steps, values }: RunCurve, x: MetricAxis, y: MetricAxis): string {
  let isOpen = false;
  let path = '';
  values.forEach((value, i) => {
    const up = y.place(value);
    if (up === undefined) {
      isOpen = false;
      return;
    }
    const point = `${x.scale.toPixel(steps[i]!).toFixed(1)},${y.scale.toPixel(up).toFixed(1)}`;
    path += `${isOpen ? 'L' : 'M'}${point}`;
    isOpen = true;
  });
  return path;
}

function nearestStep(steps: readonly number[], step: number): number {
  let best = 0;
  for (let i = 1; i < steps.length; i++)
    if (Math.abs(steps[i]! - step) <= Math.abs(steps[best]! - step)) best = i;
  return best;
}
