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
  const digits = significand.replace('.', '');
  const sign = value < 0 ? '-' : '';
  if (exponent < style.lowestFixed || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(style.exponentDigits, '0');
    return `${sign}${significand}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
