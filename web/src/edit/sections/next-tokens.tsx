import { showToken } from '../../shared/tokens.ts';
import { ProbabilityTable } from './probability-table.tsx';
import type { SectionProps } from './section.ts';

/** What may come next. */
export function NextTokens({ section }: SectionProps<'next-tokens'>) {
  return (
    <section className="edit-section">
      <h2>Next token</h2>
      <ProbabilityTable
        of="Token"
        rows={section.tokens.map((each) => ({ ...each, name: showToken(each.name) }))}
      />
    </section>
  );
}
