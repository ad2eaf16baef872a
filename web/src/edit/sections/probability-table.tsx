import type { NamedChange } from '../../../../src/pages/edit.ts';
import { formatShare } from '../../shared/format.ts';

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
            <Bar share={before} kind="before" />
            <Bar share={after} kind="after" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Bar({ share, kind }: { share: number; kind: 'before' | 'after' }) {
  return (
    <td className="probability">
      <span className={`bar-${kind}`} style={{ width: `${(100 * share).toFixed(1)}%` }} />
      <span>{formatShare(share)}</span>
    </td>
  );
}
