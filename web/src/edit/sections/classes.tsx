import { formatCount } from '../../shared/format.ts';
import { ProbabilityTable } from './probability-table.tsx';
import type { SectionProps } from './section.ts';

/** Probabilities of a classification head. */
export function Classes({ section, headName }: SectionProps<'classes'>) {
  const { head, classes, nClasses } = section;
  const rest = nClasses - classes.length;
  return (
    <section className="edit-section">
      <h2>Classes</h2>
      <p className="edit-note">
        by {headName(head)}
        {rest > 0 && `; ${formatCount(rest)} less likely classes are left out`}
      </p>
      <ProbabilityTable of="Class" rows={classes} />
    </section>
  );
}
