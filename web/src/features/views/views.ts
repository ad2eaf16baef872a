// The views beside the overview. One more is a file beside this one that exports its `View`, with its style sheet, and
// a line in the list: its button, its key, the help and its address follow from it.
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import type { ViewState } from '../view-state.ts';
import { CONCEPTS } from './concept-table.tsx';
import { MAP } from './feature-map.tsx';
import type { View } from './view.ts';

export const VIEWS: readonly View[] = [MAP, CONCEPTS];

/** The views that a page has. */
export function viewsOf(index: PageIndex, views: readonly View[] = VIEWS): readonly View[] {
  return views.filter((view) => view.isFor(index));
}

/** The change that opens a view, or leads from it to the overview. */
export function toggled(state: ViewState, { name }: View): Partial<ViewState> {
  return { view: state.view === name ? 'features' : name, latent: undefined };
}
