import { memo, type RefObject, useEffect, useRef } from 'react';
import { onThemeChange } from '../../shared/controls/theme-button.tsx';
import { type DrawnEdge, edgeWidth } from './edge-paths.tsx';
import './edge-canvas.css';

/** All shown edges, faintly, on a canvas as large as the part of the figure in sight. */
export const EdgeCanvas = memo(function EdgeCanvas(props: {
  scroller: RefObject<HTMLDivElement | null>;
  edges: readonly DrawnEdge[];
  zoom: number;
  /** Where the figure's 0 0 is when nothing is scrolled. */
  left: number;
}) {
  const { scroller, edges, zoom, left } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const view = scroller.current!;
    let frame = 0;
    const paint = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => paintEdges(canvas.current, view, { edges, zoom, left }));
    };
    paint();
    const resizes = new ResizeObserver(paint);
    resizes.observe(view);
    view.addEventListener('scroll', paint, { passive: true });
    const endTheme = onThemeChange(paint);
    return () => {
      cancelAnimationFrame(frame);
      resizes.disconnect();
      view.removeEventListener('scroll', paint);
      endTheme();
    };
  }, [scroller, edges, zoom, left]);
  return (
    <div className="edge-layer">
      <canvas ref={canvas} className="edge-canvas" />
    </div>
  );
});

function paintEdges(
  canvas: HTMLCanvasElement | null,
  view: HTMLElement,
  figure: { edges: readonly DrawnEdge[]; zoom: number; left: number },
): void {
  if (canvas === null) return;
  const { edges, zoom, left } = figure;
  const ratio = Math.max(1, window.devicePixelRatio);
  const width = view.clientWidth;
  const height = view.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d')!;
  // Computed colours, as a canvas cannot read variables.
  const { color: positive, outlineColor: negative } = getComputedStyle(canvas);
  context.setTransform(
    ratio * zoom,
    0,
    0,
    ratio * zoom,
    ratio * (left - view.scrollLeft),
    -ratio * view.scrollTop,
  );
  const from = (view.scrollLeft - left) / zoom;
  const to = from + width / zoom;
  for (const { edge, curve } of edges) {
    if (Math.max(curve[0], curve[6]) < from || Math.min(curve[0], curve[6]) > to) continue;
    context.strokeStyle = edge.weight > 0 ? positive : negative;
    context.globalAlpha = 0.1 + 0.35 * edge.share;
    context.lineWidth = edgeWidth(edge.share) * 0.7;
    context.beginPath();
    context.moveTo(curve[0], curve[1]);
    context.bezierCurveTo(curve[2], curve[3], curve[4], curve[5], curve[6], curve[7]);
    context.stroke();
  }
}
