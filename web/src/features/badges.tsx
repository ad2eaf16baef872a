// Short names on a feature, on its card and at its head.
import type { ReactNode } from 'react';
import type { ConceptMatch } from '../../../src/pages/feature-page.ts';
import './badges.css';

/** A name in a coloured lozenge; a plain one says less. */
export function Badge(props: { title: string; isPlain?: boolean; children: ReactNode }) {
  return (
    <span className={props.isPlain ? 'badge plain' : 'badge'} title={props.title}>
      {props.children}
    </span>
  );
}

/** The concepts a feature tells best, with their F1. */
export function ConceptBadges({ matches }: { matches: readonly ConceptMatch[] | undefined }) {
  return matches?.map(({ concept, f1 }) => (
    <Badge key={concept} title={`Best latent for ${concept}: F1 ${f1.toFixed(2)}`}>
      {concept} <b>{f1.toFixed(2)}</b>
    </Badge>
  ));
}
