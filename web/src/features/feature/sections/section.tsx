// What a section of a feature of texts is, and its frame.
import type { ReactNode } from 'react';
import type {
  TextChunk,
  TextFeature,
  TextPageIndex,
} from '../../../../../src/pages/feature-page.ts';
import './section.css';

/** What a section is given; it shows nothing when the feature has none of what it tells. */
export interface SectionProps {
  readonly index: TextPageIndex;
  readonly chunk: TextChunk;
  readonly feature: TextFeature;
}

/** The frame of a section: its name for those who listen, its heading for those who see. */
export function Section(props: {
  name: string;
  heading: ReactNode;
  title?: string;
  children: ReactNode;
}) {
  return (
    <section className="feature-section" aria-label={props.name}>
      <h3 title={props.title}>{props.heading}</h3>
      {props.children}
    </section>
  );
}
