import { formatShare } from '../shared/format.ts';

/** `part` of `whole` as a percentage with its sign: `41%`, `−7.2%`. A dash when there is no whole. */
export function signedShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = part / whole;
  return `${share < 0 ? '−' : ''}${formatShare(Math.abs(share))}`;
}
