// What the page shows, as text behind the address's #: links can be shared, and Back works.
import { addressOfState, type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';
import type { Range } from '../shared/plot-scale.ts';
import { type MapWindow, MOST_ZOOM, WHOLE_MAP } from './views/map-window.ts';

export const SORTS = ['frequency', 'value', 'index', 'f1'] as const;
export type Sort = (typeof SORTS)[number];

export interface ViewState {
  /** The latent looked at; undefined shows the overview. */
  readonly latent: number | undefined;
  /** `features` for the overview, or the name of a view. */
  readonly view: string;
  readonly sort: Sort;
  readonly descending: boolean;
  readonly query: string;
  /** Whether only bookmarked features are listed. */
  readonly bookmarked: boolean;
  /** Closed ranges of log10. */
  readonly frequency: Range | undefined;
  readonly value: Range | undefined;
  /** The part of the map that is seen. */
  readonly map: MapWindow;
  readonly heat: boolean;
  /** Of the heat map, 0 to 1. */
  readonly opacity: number;
  /** Place of the example of the latent that is shown large. */
  readonly example: number | undefined;
  /** Place of the group of examples that is shown: the top ones, or a band. */
  readonly band: number;
  /** Contexts of the latent that are shown whole, as `context.token`. */
  readonly open: readonly string[];
}

/** What is open of a latent when it is opened. */
export const NOTHING_OPEN = { example: undefined, band: 0, open: [] } as const;

export const DEFAULT_STATE: ViewState = {
  latent: undefined,
  view: 'features',
  sort: 'frequency',
  descending: true,
  query: '',
  bookmarked: false,
  frequency: undefined,
  value: undefined,
  map: WHOLE_MAP,
  heat: true,
  opacity: 0.9,
  ...NOTHING_OPEN,
};

/** Opacity of heat maps, or of the tint of tokens; undefined where they are off. */
export function opacityOf({ heat, opacity }: ViewState): number | undefined {
  return heat ? opacity : undefined;
}

/** Read the state from `#f=12&sort=value`; whatever is unknown or invalid keeps its default. */
export function parseState(hash: string): ViewState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const sort = SORTS.find((name) => name === params.get('sort')) ?? DEFAULT_STATE.sort;
  const opacity = Number(params.get('opacity') ?? Number.NaN);
  return {
    latent: /^\d+$/.test(params.get('f') ?? '') ? Number(params.get('f')) : undefined,
    view: params.get('view') ?? DEFAULT_STATE.view,
    sort,
    descending: params.has('order') ? params.get('order') !== 'up' : sort !== 'index',
    query: params.get('q') ?? '',
    bookmarked: params.get('marked') === 'on',
    frequency: parseRange(params.get('freq')),
    value: parseRange(params.get('val')),
    map: parseWindow(params.get('at')),
    heat: params.get('heat') !== 'off',
    opacity: opacity >= 0 && opacity <= 1 ? opacity : DEFAULT_STATE.opacity,
    example: /^[1-9]\d*$/.test(params.get('ex') ?? '') ? Number(params.get('ex')) - 1 : undefined,
    band: /^\d+$/.test(params.get('band') ?? '') ? Number(params.get('band')) : 0,
    open: [...new Set(params.getAll('open').filter((name) => /^\d+\.\d+$/.test(name)))],
  };
}

/** Write a state as the text behind #; defaults are left out. */
export function formatState(state: ViewState): string {
  const params = new URLSearchParams();
  if (state.view !== DEFAULT_STATE.view) params.set('view', state.view);
  if (state.latent !== undefined) params.set('f', String(state.latent));
  if (state.sort !== DEFAULT_STATE.sort) params.set('sort', state.sort);
  if (state.descending !== (state.sort !== 'index')) {
    params.set('order', state.descending ? 'down' : 'up');
  }
  if (state.query !== '') params.set('q', state.query);
  if (state.bookmarked) params.set('marked', 'on');
  if (state.frequency !== undefined) params.set('freq', formatRange(state.frequency));
  if (state.value !== undefined) params.set('val', formatRange(state.value));
  if (state.map.zoom !== 1) params.set('at', formatWindow(state.map));
  if (!state.heat) params.set('heat', 'off');
  if (state.opacity !== DEFAULT_STATE.opacity) params.set('opacity', String(state.opacity));
  if (state.example !== undefined) params.set('ex', String(state.example + 1));
  if (state.band !== 0) params.set('band', String(state.band));
  for (const name of state.open) params.append('open', name);
  return params.toString().replaceAll('%2C', ',');
}

/** Address of a state, for links. */
export function addressOf(state: ViewState): string {
  return addressOfState(formatState(state));
}

function parseRange(text: string | null): Range | undefined {
  const [low, high, ...rest] = (text ?? '').split(',').map((part) => Number.parseFloat(part));
  if (low === undefined || high === undefined || rest.length > 0) return undefined;
  return Number.isFinite(low) && Number.isFinite(high) && low <= high ? [low, high] : undefined;
}

function parseWindow(text: string | null): MapWindow {
  const [x, y, zoom, ...rest] = (text ?? '').split(',').map((part) => Number.parseFloat(part));
  const isWhole = [x, y].every((at) => at !== undefined && at >= 0 && at <= 1);
  return isWhole && rest.length === 0 && zoom !== undefined && zoom > 1 && zoom <= MOST_ZOOM
    ? { x: x!, y: y!, zoom }
    : WHOLE_MAP;
}

function formatWindow({ x, y, zoom }: MapWindow): string {
  return [x.toFixed(4), y.toFixed(4), zoom.toFixed(2)].join();
}

/** A range as precise as the address tells it, so that both list the same features. */
export function roundedRange([low, high]: Range): Range {
  return [Number(low.toFixed(2)), Number(high.toFixed(2))];
}

function formatRange(range: Range): string {
  return roundedRange(range).join();
}

/** Change some of the state. A change of what is looked at is a step for Back; the rest is not. */
export type ChangeView = ChangeState<ViewState>;

const view = hashState<ViewState>({
  parse: parseState,
  format: formatState,
  isStep: (before, after) =>
    after.view !== before.view ||
    (after.latent === undefined) !== (before.latent === undefined) ||
    (after.example === undefined) !== (before.example === undefined),
});

/** Change the state; of another latent nothing is open. */
const change: ChangeView = (part) => {
  const isOther = 'latent' in part && part.latent !== view.read().latent;
  view.change(isOther ? { ...NOTHING_OPEN, ...part } : part);
};

/** The page's state, kept in the address. */
export function useViewState(): readonly [ViewState, ChangeView] {
  const [state] = useHashState(view);
  return [state, change];
}
