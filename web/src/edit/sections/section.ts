// What the page shows of one kind of section: a component for each, in a list.
import type { ComponentType } from 'react';
import type { EditAnswer, EditSection } from '../../../../src/pages/edit.ts';

/** A kind of section as the page shows it. */
export interface ShownSection<Kind extends EditSection['kind'] = EditSection['kind']> {
  readonly kind: Kind;
  readonly View: ComponentType<SectionProps<Kind>>;
}

/** What a section is told. */
export interface SectionProps<Kind extends EditSection['kind']> {
  readonly section: Extract<EditSection, { kind: Kind }>;
  readonly seen: EditAnswer['seen'];
  /** What a head is called. */
  readonly headName: (id: string) => string;
}
