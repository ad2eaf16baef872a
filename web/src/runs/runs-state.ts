// What the view of runs shows, as text behind the address's #: links can be shared, and Back works.
import { type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';
import type { Range } from '../shared/plot-scale.ts';

/** What a setting must be: one of its values as text, or a number between two. */
export interface SettingFilter {
  readonly setting: string;
  readonly is?: string;
  readonly between?: readonly [low: number | undefined, high: number | undefined];
}

export interface RunsState {
  readonly query: string;
  readonly tag: string;
  readonly model: string;
  readonly dataset: string;
  readonly where: readonly SettingFilter[];
  /** Name of the column that runs are sorted by. */
  readonly sort: string;
  readonly descending: boolean;
  /** Names of columns that are shown besides, or in place of, the usual ones; the usual ones when undefined. */
  readonly columns: readonly string[] | undefined;
  /** Metrics of the axes; chosen by the page when undefined. */
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly isLogX: boolean;
  readonly isLogY: boolean;
  /** Settings that colours and shapes tell; chosen by the page when undefined, none when empty. */
  readonly colour: string | undefined;
  readonly shape: string | undefined;
  /** Ids of the runs that are looked at; the one that the address names when undefined. */
  readonly chosen: readonly string[] | undefined;
  readonly curve: string | undefined;
  readonly isLogCurve: boolean;
  /** Limits of the latents that count as inside, log10. */
  readonly frequency: Range | undefined;
  readonly value: Range | undefined;
  /** Whether settings that are the same are listed, too. */
  readonly areAllSettings: boolean;
}

export const DEFAULT_STATE: RunsState = {
  query: '',
  tag: '',
  model: '',
  dataset: '',
  where: [],
  sort: 'started',
  descending: true,
  columns: undefined,
  x: undefined,
  y: undefined,
  isLogX: false,
  isLogY: false,
  colour: undefined,
  shape: undefined,
  chosen: undefined,
  curve: undefined,
  isLogCurve: false,
  frequency: undefined,
  value: undefined,
  areAllSettings: false,
};

/** Filters that are switched off together. */
export const NO_FILTER: Pick<RunsState, 'query' | 'tag' | 'model' | 'dataset' | 'where'> = {
  query: '',
  tag: '',
  model: '',
  dataset: '',
  where: [],
};

/** Read the state from `#sort=l0&sel=a,b`; whatever is unknown or invalid keeps its default. */
export function parseRunsState(hash: string): RunsState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (name: string, otherwise = ''): string => params.get(name) ?? otherwise;
  const list = (name: string): string[] | undefined =>
    params.has(name) ? text(name).split(',').filter(Boolean) : undefined;
  const sort = text('sort', DEFAULT_STATE.sort);
  const logs = text('log');
  return {
    query: text('q'),
    tag: text('tag'),
    model: text('model'),
    dataset: text('data'),
    where: params.getAll('where').flatMap((each) => parseFilter(each) ?? []),
    sort,
    descending: params.has('order') ? text('order') !== 'up' : fallsAtFirst(sort),
    columns: list('cols'),
    x: params.get('x') ?? undefined,
    y: params.get('y') ?? undefined,
    isLogX: logs.includes('x'),
    isLogY: logs.includes('y'),
    colour: params.get('colour') ?? undefined,
    shape: params.get('shape') ?? undefined,
    chosen: list('sel'),
    curve: params.get('curve') ?? undefined,
    isLogCurve: logs.includes('c'),
    frequency: parseRange(text('freq')),
    value: parseRange(text('value')),
    areAllSettings: text('settings') === 'all',
  };
}

/** Write the state, leaving out what is as it is by default. */
export function formatRunsState(state: RunsState): string {
  const params = new URLSearchParams();
  const put = (name: string, value: string, usual = ''): void => {
    if (value !== usual) params.set(name, value);
  };
  put('q', state.query);
  put('tag', state.tag);
  put('model', state.model);
  put('data', state.dataset);
  for (const filter of state.where) params.append('where', formatFilter(filter));
  put('sort', state.sort, DEFAULT_STATE.sort);
  if (state.descending !== fallsAtFirst(state.sort))
    params.set('order', state.descending ? 'down' : 'up');
  if (state.columns !== undefined) params.set('cols', state.columns.join(','));
  if (state.x !== undefined) params.set('x', state.x);
  if (state.y !== undefined) params.set('y', state.y);
  put('log', `${state.isLogX ? 'x' : ''}${state.isLogY ? 'y' : ''}${state.isLogCurve ? 'c' : ''}`);
  if (state.colour !== undefined) params.set('colour', state.colour);
  if (state.shape !== undefined) params.set('shape', state.shape);
  if (state.chosen !== undefined) params.set('sel', state.chosen.join(','));
  if (state.curve !== undefined) params.set('curve', state.curve);
  if (state.frequency !== undefined) params.set('freq', state.frequency.join('..'));
  if (state.value !== undefined) params.set('value', state.value.join('..'));
  put('settings', state.areAllSettings ? 'all' : '');
  return params.toString();
}

/** Whether a column begins with its largest: the newest run, and the best of what is better when it is more. */
export function fallsAtFirst(sort: string): boolean {
  return ['started', 'explainedVariance', 'valExplainedVariance', 'ceLossScore'].includes(sort);
}

function parseFilter(text: string): SettingFilter | undefined {
  const at = text.indexOf(':');
  if (at < 1) return undefined;
  const [setting, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (rest.startsWith('=')) return { setting, is: rest.slice(1) };
  const [low, high] = rest.split('..');
  return { setting, between: [numberOf(low), numberOf(high)] };
}

function formatFilter({ setting, is, between = [undefined, undefined] }: SettingFilter): string {
  return is === undefined
    ? `${setting}:${between[0] ?? ''}..${between[1] ?? ''}`
    : `${setting}:=${is}`;
}

function parseRange(text: string): Range | undefined {
  const [low, high] = text.split('..').map(numberOf);
  return low === undefined || high === undefined || low > high ? undefined : [low, high];
}

/** The number that a text is; undefined for none. */
export function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const address = hashState<RunsState>({
  parse: parseRunsState,
  format: formatRunsState,
  isStep: (before, after) => before.chosen !== after.chosen,
});

export type ChangeRuns = ChangeState<RunsState>;

/** The state of the view, and the way to change it. */
export function useRunsState(): readonly [RunsState, ChangeRuns] {
  return useHashState(address);
}
