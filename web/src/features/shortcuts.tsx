// The keys of the page, and how to read it.
import type { PageIndex } from '../../../src/pages/feature-page.ts';
import type { Shortcut } from '../shared/shortcuts.ts';
import type { ChangeView, ViewState } from './view-state.ts';
import type { View } from './views/view.ts';
import { toggled, VIEWS } from './views/views.ts';

/** What keys do: step from feature to feature, go back, change how examples are drawn, open a view. */
export function shortcutsOf(page: {
  index: PageIndex;
  state: ViewState;
  change: ChangeView;
  step: (by: number) => void;
  back: () => void;
  bookmark: () => void;
  views?: readonly View[];
}): readonly Shortcut[] {
  const { index, state, change, step, back, bookmark, views = VIEWS } = page;
  const isFeature = state.latent !== undefined;
  const isOverview = !isFeature && state.view === 'features';
  const stepping = (by: number) => (isFeature ? () => step(by) : undefined);
  return [
    { keys: ['j', 'ArrowRight'], meaning: 'next feature', run: stepping(1) },
    { keys: ['k', 'ArrowLeft'], meaning: 'previous feature', run: stepping(-1) },
    { keys: ['ArrowUp', 'ArrowDown'], meaning: 'move among the cards' },
    { keys: ['Enter'], meaning: 'open the card' },
    { keys: ['Escape'], meaning: 'back to all features', run: isOverview ? undefined : back },
    {
      keys: ['h'],
      meaning: 'heat map, or tint of tokens, on or off',
      run: () => change({ heat: !state.heat }),
    },
    { keys: ['b'], meaning: 'bookmark on or off', run: isFeature ? bookmark : undefined },
    ...views.map((view) => ({
      keys: [view.key],
      meaning: `${view.title.toLowerCase()}, where they are known`,
      run: view.isFor(index) ? () => change(toggled(state, view)) : undefined,
    })),
  ];
}

/** How to read the page. */
export const ABOUT = (
  <p>
    Each dot of the plot is a feature: how often it fires, against its mean value where it fires.
    Drag a rectangle to list only the features inside; drag inside it to move it. The address always
    leads back to what is on the screen.
  </p>
);
