// What a view of the workbench is.
import type { ComponentType } from 'react';
import type { Catalogue } from '../../../src/pages/catalogue.ts';
import type { PageSource } from '../../../src/pages/source.ts';

export interface ViewProps {
  readonly source: PageSource;
  readonly catalogue: Catalogue;
  /** The entry that the address names. */
  readonly id: string | undefined;
}

export interface View {
  /** Its part of the address. */
  readonly name: string;
  readonly label: string;
  /** How many things it has to show, for the bar; undefined where it shows no list. */
  count?(catalogue: Catalogue): number;
  readonly View: ComponentType<ViewProps>;
}
