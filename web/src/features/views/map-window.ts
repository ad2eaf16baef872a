// The part of the map that is seen: its middle, in the map's own units, and how much larger than the whole.

/** A part of the map. */
export interface MapWindow {
  readonly x: number;
  readonly y: number;
  /** 1 shows the whole map. */
  readonly zoom: number;
}

/** Pixels of the field that the map is painted on. */
export interface Field {
  readonly width: number;
  readonly height: number;
}

export const WHOLE_MAP: MapWindow = { x: 0.5, y: 0.5, zoom: 1 };

/** Largest zoom. */
export const MOST_ZOOM = 200;
/** Share of the field that stays empty around the whole map. */
const MARGIN = 0.06;

/** Pixels of one unit of the map. */
function scaleOf({ zoom }: MapWindow, { width, height }: Field): number {
  return Math.min(width, height) * (1 - 2 * MARGIN) * zoom;
}

/** Where a place of the map is on the field, as the parts of `pixel = offset + scale · place`. */
export function projection(
  view: MapWindow,
  field: Field,
): { readonly scale: number; readonly left: number; readonly top: number } {
  const scale = scaleOf(view, field);
  return {
    scale,
    left: field.width / 2 - scale * view.x,
    top: field.height / 2 - scale * view.y,
  };
}

/** Move the map under the field by some pixels; its middle stays on the map. */
export function panned(view: MapWindow, field: Field, dx: number, dy: number): MapWindow {
  const scale = scaleOf(view, field);
  return { ...view, x: clamp(view.x - dx / scale), y: clamp(view.y - dy / scale) };
}

/** Zoom by a factor; the place under a pixel, the middle where none is given, stays there. */
export function zoomed(
  view: MapWindow,
  field: Field,
  factor: number,
  at: { readonly x: number; readonly y: number } = { x: field.width / 2, y: field.height / 2 },
): MapWindow {
  const zoom = Math.max(1, Math.min(MOST_ZOOM, view.zoom * factor));
  if (zoom < 1.01) return WHOLE_MAP;
  const before = scaleOf(view, field);
  const after = scaleOf({ ...view, zoom }, field);
  const [dx, dy] = [at.x - field.width / 2, at.y - field.height / 2];
  return {
    x: clamp(view.x + dx / before - dx / after),
    y: clamp(view.y + dy / before - dy / after),
    zoom,
  };
}

function clamp(place: number): number {
  return Math.max(0, Math.min(1, place));
}

/** The feature whose dot is nearest to a pixel, no farther than `reach`; −1 where there is none. Listed ones come first. */
export function nearestDot(
  map: { readonly x: Float32Array; readonly y: Float32Array },
  lists: readonly Iterable<number>[],
  to: { readonly x: number; readonly y: number; readonly reach: number },
  { scale, left, top }: ReturnType<typeof projection>,
): number {
  for (const list of lists) {
    let best = -1;
    let least = to.reach ** 2;
    for (const i of list) {
      const dx = left + scale * map.x[i]! - to.x;
      const dy = top + scale * map.y[i]! - to.y;
      const distance = dx * dx + dy * dy;
      if (distance < least) [best, least] = [i, distance];
    }
    if (best >= 0) return best;
  }
  return -1;
}
