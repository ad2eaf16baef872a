// What the page shows, as text behind the address's #: links can be shared, and Back works.
import type { ScoreMeasure } from '../../../src/pages/score-page.ts';
import { type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';

export const MEASURES: readonly ScoreMeasure[] = ['averagePrecision', 'f1', 'probe'];

export const SORTS = ['score', 'name', 'positives'] as const;
export type Sort = (typeof SORTS)[number];

export interface ScoreState {
  /** Place of the concept that is looked at, in the order of the data. */
  readonly concept: number | undefined;
  /** The measure that latents are best by, and concepts sorted by. */
  readonly measure: ScoreMeasure;
  readonly sort: Sort;
  readonly descending: boolean;
  /** Kind of concepts that is shown; all when empty. */
  readonly kind: string;
  readonly query: string;
}

export const DEFAULT_STATE: ScoreState = {
  concept: undefined,
  measure: 'averagePrecision',
  sort: 'score',
  descending: true,
  kind: '',
  query: '',
};

/** Read the state from `#c=3&by=f1`; whatever is unknown or invalid keeps its default. */
export function parseScoreState(hash: string): ScoreState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const concept = params.get('c') ?? '';
  const sort = SORTS.find((name) => name === params.get('sort')) ?? DEFAULT_STATE.sort;
  return {
    concept: /^\d+$/.test(concept) ? Number(concept) : undefined,
    measure: MEASURES.find((name) => name === params.get('by')) ?? DEFAULT_STATE.measure,
    sort,
    descending: params.has('order') ? params.get('order') !== 'up' : sort !== 'name',
    kind: params.get('kind') ?? '',
    query: params.get('q') ?? '',
  };
}

/** Write the state, leaving out what is as it is by default. */
export function formatScoreState(state: ScoreState): string {
  const params = new URLSearchParams();
  if (state.concept !== undefined) params.set('c', String(state.concept));
  if (state.measure !== DEFAULT_STATE.measure) params.set('by', state.measure);
  if (state.sort !== DEFAULT_STATE.sort) params.set('sort', state.sort);
  if (state.descending !== (state.sort !== 'name'))
    params.set('order', state.descending ? 'down' : 'up');
  if (state.kind !== '') params.set('kind', state.kind);
  if (state.query !== '') params.set('q', state.query);
  return params.toString();
}

const address = hashState<ScoreState>({
  parse: parseScoreState,
  format: formatScoreState,
  isStep: (before, after) => before.concept !== after.concept,
});

export type ChangeScores = ChangeState<ScoreState>;

/** The state of the page, and the way to change it. */
export function useScoreState(): readonly [ScoreState, ChangeScores] {
  return useHashState(address);
}
