import { type PointerEvent, useRef, useState } from 'react';
import type { RunCurve } from '../../../../src/pages/run-page.ts';
import { AxisTitle, HorizontalAxis, VerticalAxis } from '../../shared/axes.tsx';
import { formatCount, formatValue } from '../../shared/format.ts';
import { type MetricAxis, metricAxis } from '../plot/metric-axis.ts';
import { useWidth } from '../use-width.ts';
import './curve-plot.css';

/** Room about the curves, for the axes. */
const ROOM = { left: 54, right: 12, top: 10, bottom: 36 };

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
  const figure = useRef<HTMLElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(figure, 900);
  const height = Math.max(200, Math.min(320, Math.round(width * 0.3)));
  const plot = {
    left: ROOM.left,
    right: width - ROOM.right,
    top: ROOM.top,
    bottom: height - ROOM.bottom,
  };
  const [pointed, setPointed] = useState<number>();
  const x = metricAxis(
    curves.flatMap(({ curve }) => [...curve.steps]),
    { isLog: false, from: plot.left, to: plot.right },
  );
  const y = metricAxis(
    curves.flatMap(({ curve }) => [...curve.values]),
    { isLog, from: plot.bottom, to: plot.top },
  );
  const onPointerMove = (event: PointerEvent): void => {
    const box = svg.current!.getBoundingClientRect();
    setPointed(x.scale.toValue(((event.clientX - box.left) / box.width) * width));
  };
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
    <figure className="curve-plot" ref={figure}>
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${height}`}
        style={{ height }}
        role="img"
        aria-label={`${metric} over the steps of training: ${last.join(', ')}`}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPointed(undefined)}
      >
        <HorizontalAxis {...x} top={plot.top} bottom={plot.bottom} below={14} width={width} />
        <VerticalAxis {...y} left={plot.left} right={plot.right} />
        <AxisTitle x={(plot.left + plot.right) / 2} y={height - 5}>
          step
        </AxisTitle>
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
