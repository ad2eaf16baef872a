import { showToken } from '../../../shared/tokens.ts';
import { Section, type SectionProps } from './section.tsx';
import { WeightTable } from './weight-table.tsx';

/** The tokens whose embeddings a feature reads. */
export function Embeddings({ chunk, feature }: SectionProps) {
  if (feature.embeddings === undefined) return null;
  return (
    <Section name="Embeddings" heading="Tokens it reads">
      <WeightTable
        table={feature.embeddings}
        nameOf={(token) => showToken(chunk.vocabulary[token]!)}
      />
    </Section>
  );
}
