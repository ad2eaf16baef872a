import type { ConceptMatch } from '../../../src/pages/feature-page.ts';

/** The concepts a feature tells best, with their F1. */
export function ConceptBadges({ matches }: { matches: readonly ConceptMatch[] | undefined }) {
  return matches?.map(({ concept, f1 }) => (
    <span key={concept} className="badge" title={`Best latent for ${concept}: F1 ${f1.toFixed(2)}`}>
      {concept} <b>{f1.toFixed(2)}</b>
    </span>
  ));
}
