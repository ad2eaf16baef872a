import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { AxisTitle, HorizontalAxis, VerticalAxis } from '../../shared/axes.tsx';
import { onThemeChange } from '../../shared/controls/theme-button.tsx';
import { formatCount, formatShare, formatValue } from '../../shared/format.ts';
import {
  decades,
  formatDecade,
  linearScale,
  paddedDomain,
  type Range,
} from '../../shared/plot-scale.ts';
import { type ChangeView, roundedRange, type ViewState } from '../view-state.ts';
import { RANGE_FIELDS } from './range-fields.tsx';
import { paintPoints } from './scatter-points.ts';
import './scatter-plot.css';

const WIDTH = 304;
const HEIGHT = 232;
const PLOT = { left: 40, right: WIDTH - 6, top: 8, bottom: HEIGHT - 34 };
/** Shorter drags are clicks. */
const CLICK = 4;
const NEAR = 14;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Frequency against value, both logarithmic. Dragging draws the filter's rectangle or moves it; a click opens. */
export function ScatterPlot(props: {
  index: PageIndex;
  state: ViewState;
  change: ChangeView;
  listed: Uint32Array;
  current: number;
}) {
  const { index, state, change, listed, current } = props;
  const { latent, logFrequency, logValue } = index.features;
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<{ start: Point; moves: { x: Range; y: Range } | undefined }>(undefined);
  const [hovered, setHovered] = useState(-1);
  const { x, y } = useMemo(
    () => ({
      x: linearScale(paddedDomain(logFrequency, index.others.logFrequency), PLOT.left, PLOT.right),
      y: linearScale(paddedDomain(logValue, index.others.logValue), PLOT.bottom, PLOT.top),
    }),
    [index, logFrequency, logValue],
  );
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const paint = (): void => paintPoints(element, { index, listed, x, y });
    const resizes = new ResizeObserver(paint); // paints at once, and when a hidden plot is opened
    resizes.observe(element);
    const endTheme = onThemeChange(paint);
    return () => {
      resizes.disconnect();
      endTheme();
    };
  }, [index, listed, x, y]);

  const at = (event: PointerEvent): Point => {
    const box = svg.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * WIDTH,
      y: ((event.clientY - box.top) / box.height) * HEIGHT,
    };
  };
  const nearest = (point: Point): number => {
    let best = -1;
    let bestDistance = NEAR ** 2;
    for (const i of listed) {
      const dx = x.toPixel(logFrequency[i]!) - point.x;
      const dy = y.toPixel(logValue[i]!) - point.y;
      const distance = dx * dx + dy * dy;
      if (distance < bestDistance) [best, bestDistance] = [i, distance];
    }
    return best;
  };
  const brush = {
    x: (state.frequency ?? x.domain).map((v) => clamp(x.toPixel(v), PLOT.left, PLOT.right)),
    y: (state.value ?? y.domain).map((v) => clamp(y.toPixel(v), PLOT.top, PLOT.bottom)),
  };
  const hasBrush = state.frequency !== undefined || state.value !== undefined;
  const [left, right] = brush.x as [number, number];
  const [bottom, top] = brush.y as [number, number];

  const onPointerDown = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const start = at(event);
    const isInside =
      hasBrush && start.x > left && start.x < right && start.y > top && start.y < bottom;
    drag.current = {
      start,
      moves: isInside ? { x: state.frequency ?? x.domain, y: state.value ?? y.domain } : undefined,
    };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const point = at(event);
    if (drag.current === undefined) {
      setHovered(nearest(point));
      return;
    }
    const { start, moves } = drag.current;
    if (Math.hypot(point.x - start.x, point.y - start.y) < CLICK) return;
    setHovered(-1);
    if (moves === undefined) {
      change({
        frequency: between(x.toValue(start.x), x.toValue(clamp(point.x, PLOT.left, PLOT.right))),
        value: between(y.toValue(start.y), y.toValue(clamp(point.y, PLOT.top, PLOT.bottom))),
      });
      return;
    }
    const dx = x.toValue(point.x) - x.toValue(start.x);
    const dy = y.toValue(point.y) - y.toValue(start.y);
    change({
      frequency: roundedRange([moves.x[0] + dx, moves.x[1] + dx]),
      value: roundedRange([moves.y[0] + dy, moves.y[1] + dy]),
    });
  };
  const onPointerUp = (event: PointerEvent): void => {
    const start = drag.current?.start;
    drag.current = undefined;
    const point = at(event);
    if (start === undefined || Math.hypot(point.x - start.x, point.y - start.y) >= CLICK) return;
    const found = nearest(point);
    if (found >= 0) change({ latent: latent[found]!, view: 'features' });
    else change({ frequency: undefined, value: undefined });
  };
  const marked = [current, hovered].filter((i) => i >= 0 && !Number.isNaN(logFrequency[i]!));

  return (
    <figure className="scatter">
      <canvas ref={canvas} width={WIDTH} height={HEIGHT} />
      <svg
        ref={svg}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Scatter plot of frequency against value; ${listed.length} features listed`}
        aria-describedby={RANGE_FIELDS}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = undefined;
        }}
        onPointerLeave={() => setHovered(-1)}
      >
        <HorizontalAxis
          scale={x}
          ticks={decades(x.domain)}
          format={formatDecade}
          top={PLOT.top}
          bottom={PLOT.bottom}
          below={13}
          width={WIDTH}
        />
        <VerticalAxis
          scale={y}
          ticks={decades(y.domain)}
          format={formatDecade}
          left={PLOT.left}
          right={PLOT.right}
        />
        <AxisTitle x={(PLOT.left + PLOT.right) / 2} y={HEIGHT - 5}>
          frequency
        </AxisTitle>
        <AxisTitle x={9} y={(PLOT.top + PLOT.bottom) / 2} turned>
          mean value
        </AxisTitle>
        {hasBrush && (
          <rect
            className="brush"
            x={left}
            y={top}
            width={Math.max(0, right - left)}
            height={Math.max(0, bottom - top)}
          />
        )}
        {marked.map((i) => (
          <circle
            key={i}
            className="marked"
            cx={x.toPixel(logFrequency[i]!)}
            cy={y.toPixel(logValue[i]!)}
            r={5}
          />
        ))}
      </svg>
      {hovered >= 0 && (
        <figcaption
          style={{
            left: `${(x.toPixel(logFrequency[hovered]!) / WIDTH) * 100}%`,
            top: `${(y.toPixel(logValue[hovered]!) / HEIGHT) * 100}%`,
          }}
          data-flip={x.toPixel(logFrequency[hovered]!) > WIDTH / 2 || undefined}
        >
          <b>{formatCount(latent[hovered]!)}</b> {formatShare(10 ** logFrequency[hovered]!)} · mean{' '}
          {formatValue(10 ** logValue[hovered]!)}
        </figcaption>
      )}
    </figure>
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function between(a: number, b: number): Range {
  return roundedRange(a < b ? [a, b] : [b, a]);
}
