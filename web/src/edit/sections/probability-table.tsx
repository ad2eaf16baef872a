import type { NamedChange } from '../../../../src/pages/edit.ts';
import { formatShare } from '../../shared/format.ts';
import { ChangeBar } from './change-bar.tsx';

/** Probabilities before and after, as numbers and bars. */
export function ProbabilityTable({ of, rows }: { of: string; rows: readonly NamedChange[] }) {
  return (
    <table className="edit-table">
      <thead>
        <tr>
          <th scope="col">{of}</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, before, after }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two rows may have one name
          <tr key={i}>
            <td className="probability-name">{name}</td>
            <ChangeBar share={before} text={formatShare(before)} />
            <ChangeBar share={after} text={formatShare(after)} isAfter />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
