// What the page shows, as text behind the address's #.
import { useState } from 'react';
import type { PageGraph } from '../../../src/pages/circuit-page.ts';
import { type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';

/** Limits of `zoom`. */
export const ZOOM = { min: 0.3, max: 3 } as const;

export interface CircuitState {
  /** Id of the node looked at. */
  readonly node: string | undefined;
  /** Name of what the panel of a node shows. */
  readonly tab: string;
  /** Ids of nodes that stay in sight. */
  readonly pins: readonly string[];
  /** Whether nothing but pinned nodes is shown. */
  readonly isOnlyPins: boolean;
  /** Ids of nodes that are about to be grouped. */
  readonly chosen: readonly string[];
  /** Ids of supernodes whose nodes are shown one by one. */
  readonly open: readonly string[];
  /** Nodes are shown down to this cumulative share of influence; undefined takes as many as can be read. */
  readonly influence: number | undefined;
  /** Edges are shown from this share of their target's inputs. */
  readonly edge: number;
  readonly query: string;
  /** Undefined shows the whole figure. */
  readonly zoom: number | undefined;
}

export const DEFAULT_STATE: CircuitState = {
  node: undefined,
  tab: 'inputs',
  pins: [],
  isOnlyPins: false,
  chosen: [],
  open: [],
  influence: undefined,
  edge: 0.02,
  query: '',
  zoom: undefined,
};

/** Read the state from `#node=8_89_9&edge=0.05`; whatever is unknown or invalid keeps its default. */
export function parseCircuitState(hash: string): CircuitState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    node: params.get('node') ?? undefined,
    tab: params.get('tab') ?? DEFAULT_STATE.tab,
    pins: [...new Set(params.getAll('pin'))],
    isOnlyPins: params.get('only') === 'pins',
    chosen: [...new Set(params.getAll('choose'))],
    open: [...new Set(params.getAll('open'))],
    influence: numberIn(params.get('influence'), 0, 1),
    edge: numberIn(params.get('edge'), 0, 1) ?? DEFAULT_STATE.edge,
    query: params.get('q') ?? '',
    zoom: numberIn(params.get('zoom'), ZOOM.min, ZOOM.max),
  };
}

/** Write a state as the text behind #; defaults are left out. */
export function formatCircuitState(state: CircuitState): string {
  const params = new URLSearchParams();
  if (state.node !== undefined) params.set('node', state.node);
  if (state.tab !== DEFAULT_STATE.tab) params.set('tab', state.tab);
  for (const pin of state.pins) params.append('pin', pin);
  if (state.isOnlyPins) params.set('only', 'pins');
  for (const id of state.chosen) params.append('choose', id);
  for (const id of state.open) params.append('open', id);
  if (state.influence !== undefined) params.set('influence', String(state.influence));
  if (state.edge !== DEFAULT_STATE.edge) params.set('edge', String(state.edge));
  if (state.query !== '') params.set('q', state.query);
  if (state.zoom !== undefined) params.set('zoom', String(state.zoom));
  return params.toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
}

function numberIn(text: string | null, low: number, high: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}

export type ChangeCircuit = ChangeState<CircuitState>;

/**
 * The page's state, kept in the address; without one of its own the page opens as the graph was saved. A new node is a
 * step for Back; the rest is not.
 */
export function useCircuitState(
  graph: PageGraph,
  pins: readonly string[],
): readonly [CircuitState, ChangeCircuit] {
  const [circuit] = useState(() => {
    openAsSaved(graph, pins);
    return hashState<CircuitState>({
      parse: parseCircuitState,
      format: formatCircuitState,
      isStep: (before, after) => after.node !== before.node,
    });
  });
  return useHashState(circuit);
}

function openAsSaved(graph: PageGraph, pins: readonly string[]): void {
  // In the workbench the view's own state stands behind the ?.
  const [view, own] = location.hash.startsWith('#/')
    ? location.hash.split('?', 2)
    : ['', location.hash.slice(1)];
  if (own) return;
  const node = graph.qParams?.clickedId || undefined;
  const saved = { ...DEFAULT_STATE, node, pins };
  history.replaceState(null, '', `${view === '' ? '#' : `${view}?`}${formatCircuitState(saved)}`);
}
