// Python's format specifications for floats.

/**
 * Write a float as Python's `f'{value:.2}'` does for `digits = 2`: so many significant digits, an exponent where the
 * digits do not reach the point, and always a point or an exponent: `0.85`, `7.0`, `1.6e+01`, `1.2e-05`.
 */
export function formatShort(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const { significand, exponent } = rounded(Math.abs(value), digits);
  const kept = significand.replace(/0+$/, '');
  if (exponent < -4 || exponent > digits - 2) {
    const point = kept.length > 1 ? `${kept[0]}.${kept.slice(1)}` : kept;
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${point}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${kept}`;
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${kept.slice(exponent + 1) || '0'}`;
}

/** Significant digits of a positive number; an exact tie goes to the even digit, where JavaScript rounds up. */
function rounded(value: number, digits: number): { significand: string; exponent: number } {
  const [long, power] = value.toExponential(99).split('e') as [string, string];
  const exact = long.replace('.', '');
  const isTie = /^50*$/.test(exact.slice(digits));
  if (isTie && Number(exact[digits - 1]) % 2 === 0) {
    return { significand: exact.slice(0, digits), exponent: Number(power) };
  }
  const [short, after] = value.toExponential(digits - 1).split('e') as [string, string];
  return { significand: short.replace('.', ''), exponent: Number(after) };
}
