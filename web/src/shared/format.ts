// Numbers for people.

const count = new Intl.NumberFormat('en-US');
const threeDigits = new Intl.NumberFormat('en-US', {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});

/** `24,576` */
export function formatCount(value: number): string {
  return count.format(value);
}

/** Three significant digits: `0.00123`, `4.50`, `−1,230`. */
export function formatValue(value: number): string {
  if (value === 0) return '0';
  if (value < 0) return `−${formatValue(-value)}`;
  if (value < 1e-3 || value >= 1e6) return value.toExponential(1).replace('e+', 'e');
  return threeDigits.format(value);
}

/** A fraction as a percentage that still says something when it is small: `12%`, `0.034%`. */
export function formatShare(fraction: number): string {
  const percent = fraction * 100;
  if (percent === 0) return '0%';
  if (percent >= 10) return `${Math.round(percent)}%`;
  return `${Number(percent.toPrecision(2))}%`;
}

/** Characters of a path that are shown. */
const PATH = 30;

/** A path that is too long, without its beginning: its end tells it from others. */
export function shortPath(text: string): string {
  if (text.length <= PATH || !text.includes('/')) return text;
  const end = text.slice(1 - PATH);
  const slash = end.indexOf('/');
  return `…${slash < 0 || slash > PATH / 2 ? end : end.slice(slash)}`;
}

/** The number of a log10; 0 where there is none. */
export function powerOf(log: number): number {
  return Number.isNaN(log) ? 0 : 10 ** log;
}
