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
// Numbers as Python writes them. JavaScript has one number type, so floats that happen to be integral need a mark.
/** A Python float, written with a point or an exponent even when it is integral. */
export class PyFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Mark `value` as a float: `pyFloat(1)` is written `1.0`. */
export function pyFloat(value: number): PyFloat {
  return new PyFloat(value);
}

/** Tell whether an unmarked number has to be a Python float: it is not integral, or it is minus zero. */
export function isPythonFloat(value: number): boolean {
  return !Number.isInteger(value) || Object.is(value, -0);
}

/** `repr` of a float: the shortest digits that read back as the same float64; `1e-05`, `1e+16`, `0.0001`, `nan`, `inf`. */
export function floatRepr(value: number): string {
  return formatFloat(value, { lowestFixed: -4, exponentDigits: 2 });
}

/** A finite float as orjson (3.13) writes it: as `repr`, but `0.00001` and `1e-6`. */
export function orjsonFloat(value: number): string {
  return formatFloat(value, { lowestFixed: -5, exponentDigits: 1 });
}

/** `repr` of an int held in a number; every digit of a large one is written. */
export function intRepr(value: number | bigint): string {
  return BigInt(value).toString();
}

function formatFloat(
  value: number,
  style: { lowestFixed: number; exponentDigits: number },
): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  // toExponential() without a count gives the shortest digits that identify the float64.
  const [significand, exponentText] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  const digits = significand!.replace('.', '');
  const sign = value < 0 ? '-' : '';
  if (exponent < style.lowestFixed || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(style.exponentDigits, '0');
    return `${sign}${significand}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
