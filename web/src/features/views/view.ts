// What a view of the page is: what stands in the main part in place of the cards.
import type { ComponentType } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import type { ChangeView, ViewState } from '../view-state.ts';

/** What a view is given. */
export interface ViewProps {
  readonly index: PageIndex;
  readonly state: ViewState;
  readonly change: ChangeView;
  /** Positions of the features that a search and the ranges leave, in their order. */
  readonly listed: Uint32Array;
  /** The feature that was opened last, −1 before the first. */
  readonly lastViewed: number;
}

export interface View {
  /** In the address: `#view=NAME`. */
  readonly name: string;
  /** On its button. */
  readonly title: string;
  /** The key that opens it, and closes it again. */
  readonly key: string;
  /** Whether the page holds what it shows. */
  isFor(index: PageIndex): boolean;
  readonly View: ComponentType<ViewProps>;
}
