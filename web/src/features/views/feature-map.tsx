import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { onThemeChange } from '../../shared/controls/theme-button.tsx';
import { formatCount, formatShare, formatValue, powerOf } from '../../shared/format.ts';
import { runShortcut, type Shortcut } from '../../shared/shortcuts.ts';
import { showToken } from '../../shared/tokens.ts';
import { paintDots } from './map-dots.ts';
import {
  fieldOf,
  nearestDot,
  type Point,
  panned,
  pinched,
  projection,
  WHOLE_MAP,
  zoomed,
} from './map-window.ts';
import type { View, ViewProps } from './view.ts';
import './feature-map.css';

/** Shorter drags are clicks, and farther dots are not meant, in pixels. */
const CLICK = 4;
const NEAR = 16;
const STEP = 80;

/** The features as a map: those that write the same direction lie together. */
function FeatureMap(props: ViewProps) {
  const { index } = props;
  return (
    <section className="feature-map" aria-labelledby="map-title">
      <h2 id="map-title">Map</h2>
      {index.map === undefined ? (
        <p>{index.noMap}</p>
      ) : (
        <>
          <p>
            Features whose decoder rows point the same way lie together; the listed ones are
            coloured. Far apart says little.
          </p>
          <Dots {...props} map={index.map} />
        </>
      )}
    </section>
  );
}

function Dots(props: ViewProps & { map: NonNullable<ViewProps['index']['map']> }) {
  const { index, map, state, change, listed, lastViewed } = props;
  const { latent, logFrequency, logValue, label } = index.features;
  const view = state.map;
  // Two fingers move between two pictures: the second goes on from where the first led.
  const now = useRef(view);
  now.current = view;
  const field = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  /** Where fingers, or the pressed mouse, are, and whether they moved. */
  const fingers = useRef(new Map<number, Point>());
  const moved = useRef(false);
  const [hovered, setHovered] = useState(-1);
  const [isFocused, setFocused] = useState(false);
  const [box, setBox] = useState({ width: 0, height: 0 });
  const size = useMemo(() => fieldOf(map, box), [map, box]);
  const all = useMemo(() => latent.map((_, i) => i), [latent]);

  useEffect(() => {
    const element = field.current!;
    const measure = (): void =>
      setBox({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const find = (x: number, y: number, reach: number): number =>
    nearestDot(map, [listed, all], { x, y, reach }, projection(view, size));
  const middle = find(size.width / 2, size.height / 2, Number.POSITIVE_INFINITY);
  const marked = hovered >= 0 ? hovered : isFocused ? middle : -1;
  useEffect(() => {
    const paint = (): void =>
      paintDots(canvas.current!, { map, listed, size, lastViewed, ...projection(view, size) });
    paint();
    return onThemeChange(paint);
  }, [map, listed, size, view, lastViewed]);

  const go = (to: typeof view): void => {
    now.current = to;
    change({ map: to });
  };
  const zoom = (factor: number) => () => go(zoomed(now.current, size, factor));
  const pan = (dx: number, dy: number) => () => go(panned(now.current, size, dx, dy));
  const open = (position: number): void => {
    if (position >= 0) change({ latent: latent[position]!, view: 'features' });
  };
  const onWheel = useRef<(event: WheelEvent) => void>(undefined);
  onWheel.current = (event) => {
    event.preventDefault();
    const box = field.current!.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    go(zoomed(now.current, size, Math.exp(-event.deltaY / 300), at));
  };
  useEffect(() => {
    // React's own listeners may not keep the page from scrolling.
    const element = field.current!;
    const hear = (event: WheelEvent): void => onWheel.current?.(event);
    element.addEventListener('wheel', hear, { passive: false });
    return () => element.removeEventListener('wheel', hear);
  }, []);

  const at = (event: PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const to = at(event);
    const from = fingers.current.get(event.pointerId);
    if (from === undefined) {
      setHovered(find(to.x, to.y, NEAR));
      return;
    }
    if (!moved.current && Math.hypot(to.x - from.x, to.y - from.y) < CLICK) return;
    const other = [...fingers.current].find(([finger]) => finger !== event.pointerId)?.[1];
    moved.current = true;
    fingers.current.set(event.pointerId, to);
    setHovered(-1);
    go(
      other === undefined
        ? panned(now.current, size, to.x - from.x, to.y - from.y)
        : pinched(now.current, size, [from, other], [to, other]),
    );
  };
  const onPointerUp = (event: PointerEvent): void => {
    const wasClick = fingers.current.delete(event.pointerId) && !moved.current;
    const to = at(event);
    if (wasClick) open(find(to.x, to.y, NEAR));
  };
  const shortcuts: readonly Shortcut[] = [
    { keys: ['ArrowLeft'], run: pan(STEP, 0) },
    { keys: ['ArrowRight'], run: pan(-STEP, 0) },
    { keys: ['ArrowUp'], run: pan(0, STEP) },
    { keys: ['ArrowDown'], run: pan(0, -STEP) },
    { keys: ['+', '='], run: zoom(1.5) },
    { keys: ['-'], run: zoom(1 / 1.5) },
    { keys: ['0'], run: () => go(WHOLE_MAP) },
    { keys: ['Enter'], run: () => open(middle) },
  ];
  const { scale, left, top } = projection(view, size);
  return (
    <>
      <p className="map-controls">
        <button type="button" aria-label="Zoom in" title="Zoom in" onClick={zoom(1.5)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" title="Zoom out" onClick={zoom(1 / 1.5)}>
          −
        </button>
        <button type="button" disabled={view.zoom === 1} onClick={() => go(WHOLE_MAP)}>
          Whole map
        </button>
        <small>
          Drag to move, turn the wheel or pinch to zoom, click to open. On the keyboard: arrows, +
          and −, 0 for the whole map, Enter opens the feature in the middle.
        </small>
      </p>
      <div
        ref={field}
        className="map-field"
        role="application"
        aria-label={`Map of ${formatCount(latent.length)} features, ${formatCount(listed.length)} of them listed`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is moved by keys
        tabIndex={0}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={(event: KeyboardEvent) => runShortcut(event, shortcuts)}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          fingers.current.set(event.pointerId, at(event));
          moved.current = fingers.current.size > 1;
        }}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={(event) => fingers.current.delete(event.pointerId)}
        onPointerLeave={() => setHovered(-1)}
      >
        <canvas ref={canvas} />
        {marked >= 0 && (
          <p
            className="map-tip"
            role="status"
            data-flip={left + scale * map.x[marked]! > size.width / 2 || undefined}
            style={{ left: left + scale * map.x[marked]!, top: top + scale * map.y[marked]! }}
          >
            <span className="map-mark" />
            <span>
              <b>{formatCount(latent[marked]!)}</b>{' '}
              {index.modality === 'image' ? label[marked] : showToken(label[marked]!)}
              <small>
                {formatShare(powerOf(logFrequency[marked]!))} · mean{' '}
                {formatValue(powerOf(logValue[marked]!))}
              </small>
            </span>
          </p>
        )}
      </div>
    </>
  );
}

export const MAP: View = {
  name: 'map',
  title: 'Map',
  key: 'm',
  isFor: ({ map, noMap }) => map !== undefined || noMap !== undefined,
  View: FeatureMap,
};
