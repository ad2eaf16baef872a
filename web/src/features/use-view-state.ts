import { type ChangeState, hashState, useHashState } from '../shared/hash-state.ts';
import { formatState, parseState, type ViewState } from './view-state.ts';

/** Change some of the state. A change of what is looked at is a step for Back; the rest is not. */
export type ChangeView = ChangeState<ViewState>;

const view = hashState<ViewState>({
  parse: parseState,
  format: formatState,
  isStep: (before, after) =>
    after.view !== before.view || (after.latent === undefined) !== (before.latent === undefined),
});

/** The page's state, kept in the address. */
export function useViewState(): readonly [ViewState, ChangeView] {
  return useHashState(view);
}
