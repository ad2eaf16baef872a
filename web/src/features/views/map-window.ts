// The part of the map that is seen: its middle, in the map's own units, and how much larger than the whole.

/** A part of the map. */
export interface MapWindow {
  readonly x: number;
  readonly y: number;
  /** 1 shows the whole map. */
  readonly zoom: number;
}

/** Places of the features on the map: 0 to 1. */
export interface Places {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A place on the field, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The field that the map is painted on, in pixels. */
export interface Field {
  readonly width: number;
  readonly height: number;
  /** Pixels of one unit of the map where the whole is shown. */
  readonly unit: number;
}

export const WHOLE_MAP: MapWindow = { x: 0.5, y: 0.5, zoom: 1 };

/** Largest zoom. */
export const MOST_ZOOM = 200;
/** Share of the field that stays empty around the whole map. */
const MARGIN = 0.06;
/** A map that is a line or a point is not made larger without end. */
const LEAST_SPAN = 0.1;

/** Measure a field on which the whole map, about its middle, is as large as fits. */
export function fieldOf({ x, y }: Places, size: Omit<Field, 'unit'>): Field {
  const { width, height } = size;
  const unit = Math.min(width / spanOf(x), height / spanOf(y)) * (1 - 2 * MARGIN);
  return { width, height, unit };
}

/** How much of a side the map takes up about its middle. */
function spanOf(places: Float32Array): number {
  let most = LEAST_SPAN / 2;
  for (const place of places) most = Math.max(most, Math.abs(place - 0.5));
  return 2 * most;
}

/** Pixels of one unit of the map. */
function scaleOf({ zoom }: MapWindow, { unit }: Field): number {
  return unit * zoom;
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

/** Zoom by a factor; the place under a pixel, the middle where none is given, stays there, or comes to be at another. */
export function zoomed(
  view: MapWindow,
  field: Field,
  factor: number,
  at: Point = { x: field.width / 2, y: field.height / 2 },
  to: Point = at,
): MapWindow {
  const zoom = Math.max(1, Math.min(MOST_ZOOM, view.zoom * factor));
  if (zoom < 1.01) return WHOLE_MAP;
  const before = scaleOf(view, field);
  const after = scaleOf({ ...view, zoom }, field);
  return {
    x: clamp(view.x + (at.x - field.width / 2) / before - (to.x - field.width / 2) / after),
    y: clamp(view.y + (at.y - field.height / 2) / before - (to.y - field.height / 2) / after),
    zoom,
  };
}

/** Move and zoom as two fingers do that were in some places and are in others: what was between them stays there. */
export function pinched(
  view: MapWindow,
  field: Field,
  before: readonly [Point, Point],
  after: readonly [Point, Point],
): MapWindow {
  const apart = ([a, b]: readonly [Point, Point]): number => Math.hypot(a.x - b.x, a.y - b.y);
  const factor = apart(after) / Math.max(1, apart(before));
  return zoomed(view, field, factor, middleOf(before), middleOf(after));
}

function middleOf([a, b]: readonly [Point, Point]): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function clamp(place: number): number {
  return Math.max(0, Math.min(1, place));
}

/** The feature whose dot is nearest to a pixel, no farther than `reach`; −1 where there is none. Listed ones come first. */
export function nearestDot(
  map: Places,
  lists: readonly Iterable<number>[],
  to: Point & { readonly reach: number },
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
