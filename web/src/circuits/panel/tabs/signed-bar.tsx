import { formatShare } from '../../../shared/format.ts';
import './signed-bar.css';

/** A weight as a bar from the middle: to the right when positive, to the left when negative. */
export function SignedBar({ weight, largest }: { weight: number; largest: number }) {
  const half = largest === 0 ? 0 : (Math.min(1, Math.abs(weight) / largest) * 100) / 2;
  return (
    <span className="signed-bar" aria-hidden="true">
      <span
        data-sign={weight < 0 ? 'negative' : 'positive'}
        style={{ left: `${weight < 0 ? 50 - half : 50}%`, width: `${half}%` }}
      />
    </span>
  );
}

/** `part` of `whole` as a percentage with its sign: `41%`, `−7.2%`. A dash when there is no whole. */
export function signedShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = part / whole;
  return `${share < 0 ? '−' : ''}${formatShare(Math.abs(share))}`;
}
