import type { RunEntry } from '../../../../src/pages/run-page.ts';
import { formatShare } from '../../shared/format.ts';
import './run-state-badge.css';

/** What a run is doing; how far it is while it trains. */
export function RunStateBadge({ run }: { run: RunEntry }) {
  const { state, rows, allRows } = run;
  const share = rows === undefined || !allRows ? undefined : Math.min(1, rows / allRows);
  return (
    <span className="run-state" data-state={state}>
      {state}
      {state === 'running' && share !== undefined && ` ${formatShare(share)}`}
    </span>
  );
}
