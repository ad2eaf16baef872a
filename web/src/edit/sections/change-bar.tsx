import './change-bar.css';

/** A cell with a number and a bar of its share; that of what was before is paler. */
export function ChangeBar(props: { share: number; text: string; isAfter?: boolean }) {
  const { share, text, isAfter } = props;
  return (
    <td className="change-cell">
      <span
        className="change-bar"
        data-after={isAfter || undefined}
        style={{ width: `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%` }}
      />
      <span>{text}</span>
    </td>
  );
}
