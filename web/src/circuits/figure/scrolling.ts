// The figure in its scroller: the room it has, zoom by the wheel, and what is kept in sight.
import { type RefObject, useEffect, useEffectEvent, useLayoutEffect, useState } from 'react';
import type { CircuitNode } from '../graph.ts';
import { AXES, type Layout, type Room } from './layout.ts';

/** Kept free at the right and below, so that a scrollbar does not make the other one appear. */
const SCROLLBAR = 16;

/** The room for the figure inside its scroller, beside the names of rows and columns. */
export function useRoom(scroller: RefObject<HTMLDivElement | null>): Room {
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const view = scroller.current!;
    const measure = (): void => {
      const width = Math.max(0, view.offsetWidth - AXES.width - SCROLLBAR);
      const height = Math.max(0, view.offsetHeight - AXES.height - SCROLLBAR);
      setRoom((room) =>
        room.width === width && room.height === height ? room : { width, height },
      );
    };
    measure();
    const resizes = new ResizeObserver(measure);
    resizes.observe(view);
    return () => resizes.disconnect();
  }, [scroller]);
  return room;
}

/** Zoom with the wheel while Ctrl is held, as maps do. */
export function useZoomWheel(
  scroller: RefObject<HTMLDivElement | null>,
  onZoom: (factor: number) => void,
): void {
  const zoomBy = useEffectEvent(onZoom);
  useEffect(() => {
    const view = scroller.current!;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    };
    view.addEventListener('wheel', onWheel, { passive: false });
    return () => view.removeEventListener('wheel', onWheel);
  }, [scroller]);
}

/** Scroll the selected node into sight. */
export function useInSight(
  scroller: RefObject<HTMLDivElement | null>,
  layout: Layout,
  selected: CircuitNode | undefined,
  zoom: number,
): void {
  useEffect(() => {
    const place = layout.placed.find(({ node }) => node === selected);
    const view = scroller.current;
    if (place === undefined || view === null) return;
    const x = place.x * zoom;
    const y = place.y * zoom;
    const margin = 40;
    const width = view.clientWidth - AXES.width;
    const height = view.clientHeight - AXES.height;
    const left = Math.min(Math.max(view.scrollLeft, x + margin - width), x - margin);
    const top = Math.min(Math.max(view.scrollTop, y + margin - height), y - margin);
    view.scrollTo({ left, top });
  }, [scroller, layout, selected, zoom]);
}
