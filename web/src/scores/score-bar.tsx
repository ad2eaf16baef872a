import { formatScore } from './shown.ts';
import './score-bar.css';

/** A score between 0 and 1, as a number on a bar; good ones stand out. */
export function ScoreBar({ value, isGood }: { value: number; isGood: boolean }) {
  return (
    <span className="score-bar" data-good={isGood || undefined}>
      <span style={{ width: `${100 * Math.min(1, Math.max(0, value))}%` }} />
      <b>{formatScore(value)}</b>
    </span>
  );
}
