import { type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { AxisTitle, HorizontalAxis, VerticalAxis } from '../../shared/axes.tsx';
import { onThemeChange } from '../../shared/controls/theme-button.tsx';
import { formatCount } from '../../shared/format.ts';
import { decades, formatDecade, linearScale, type Range } from '../../shared/plot-scale.ts';
import type { ChangeRuns, RunsState } from '../runs-state.ts';
import { useWidth } from '../use-width.ts';
import { paintLatents } from './latent-points.ts';
import type { Latents } from './run-pages.ts';
import { countInside } from './spreads.ts';
import './latent-scatter.css';

/** Room about the dots, for the axes. */
const ROOM = { left: 42, right: 6, top: 8, bottom: 34 };
/** Shorter drags are clicks. */
const CLICK = 4;

/** Frequency against mean value of every latent of a run. Dragging sets the limits for all runs; a click takes them away. */
export function LatentScatter(props: {
  name: string;
  latents: Latents;
  domain: { readonly x: Range; readonly y: Range };
  state: Pick<RunsState, 'frequency' | 'value'>;
  change: ChangeRuns;
}) {
  const { name, latents, domain, state, change } = props;
  const { frequency, value } = state;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 300);
  const height = Math.round(width * 0.75);
  const [left, right] = [ROOM.left, width - ROOM.right];
  const [top, bottom] = [ROOM.top, height - ROOM.bottom];
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const start = useRef<readonly [number, number]>(undefined);
  const x = useMemo(() => linearScale(domain.x, left, right), [domain.x, left, right]);
  const y = useMemo(() => linearScale(domain.y, bottom, top), [domain.y, bottom, top]);
  const counts = useMemo(
    () => countInside(latents, { frequency, value }),
    [latents, frequency, value],
  );
  useEffect(() => {
    const element = canvas.current!;
    const paint = (): void =>
      paintLatents(element, { latents, inside: counts.inside, x, y, width });
    const resizes = new ResizeObserver(paint); // paints at once, and when it is shown again
    resizes.observe(element);
    const endTheme = onThemeChange(paint);
    return () => {
      resizes.disconnect();
      endTheme();
    };
  }, [latents, counts, x, y, width]);

  const at = (event: PointerEvent): readonly [number, number] => {
    const shown = svg.current!.getBoundingClientRect();
    return [
      clamp(((event.clientX - shown.left) / shown.width) * width, left, right),
      clamp(((event.clientY - shown.top) / shown.height) * height, top, bottom),
    ];
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (start.current === undefined) return;
    const [from, to] = [start.current, at(event)];
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < CLICK) return;
    change({
      frequency: ordered(x.toValue(from[0]), x.toValue(to[0])),
      value: ordered(y.toValue(from[1]), y.toValue(to[1])),
    });
  };
  const onPointerUp = (event: PointerEvent): void => {
    const [from, to] = [start.current, at(event)];
    start.current = undefined;
    if (from !== undefined && Math.hypot(to[0] - from[0], to[1] - from[1]) < CLICK)
      change({ frequency: undefined, value: undefined });
  };
  const hasLimits = frequency !== undefined || value !== undefined;
  const sides = (frequency ?? x.domain).map((v) => clamp(x.toPixel(v), left, right));
  const ends = (value ?? y.domain).map((v) => clamp(y.toPixel(v), top, bottom));
  const { nInside, nOutside } = counts;
  const odd = counts.nUnplaced - latents.dead;

  return (
    <figure className="latent-scatter">
      <div ref={box} style={{ height }}>
        <canvas ref={canvas} />
        <svg
          ref={svg}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`Frequency against mean value of the latents of ${name}; their limits are fields above`}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            start.current = at(event);
          }}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerCancel={() => {
            start.current = undefined;
          }}
        >
          <HorizontalAxis
            scale={x}
            ticks={decades(x.domain)}
            format={formatDecade}
            top={top}
            bottom={bottom}
            below={13}
            width={width}
          />
          <VerticalAxis
            scale={y}
            ticks={decades(y.domain)}
            format={formatDecade}
            left={left}
            right={right}
          />
          <AxisTitle x={(left + right) / 2} y={height - 5}>
            frequency
          </AxisTitle>
          <AxisTitle x={9} y={(top + bottom) / 2} turned>
            mean value
          </AxisTitle>
          {hasLimits && (
            <rect
              className="latent-limits"
              x={sides[0]}
              y={ends[1]}
              width={Math.max(0, sides[1]! - sides[0]!)}
              height={Math.max(0, ends[0]! - ends[1]!)}
            />
          )}
        </svg>
      </div>
      <figcaption>
        {hasLimits ? (
          <>
            <b>{formatCount(nInside)}</b> inside, {formatCount(nOutside)} outside
          </>
        ) : (
          <>
            <b>{formatCount(nInside)}</b> latents
          </>
        )}
        {latents.dead > 0 && <>, {formatCount(latents.dead)} dead</>}
        {odd > 0 && <>, {formatCount(odd)} without a positive value</>}
      </figcaption>
    </figure>
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Two numbers as a range of the digits that an address needs. */
function ordered(a: number, b: number): Range {
  const [low, high] = a < b ? [a, b] : [b, a];
  return [Number(low.toFixed(3)), Number(high.toFixed(3))];
}
