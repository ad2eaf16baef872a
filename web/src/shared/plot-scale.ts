// Straight scales between log10 numbers and pixels, and the decades to mark on an axis.

/** A closed range. */
export type Range = readonly [number, number];

export interface Scale {
  readonly domain: Range;
  toPixel(value: number): number;
  toValue(pixel: number): number;
}

/** Map `domain` to the pixels `from` … `to`. */
export function linearScale(domain: Range, from: number, to: number): Scale {
  const [low, high] = domain;
  const factor = (to - from) / (high - low);
  return {
    domain,
    toPixel: (value) => from + (value - low) * factor,
    toValue: (pixel) => low + (pixel - from) / factor,
  };
}

/** The range of some numbers with room at both ends; one decade around 0 when there are none. */
export function paddedDomain(...columns: readonly ArrayLike<number>[]): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      // What is not a number is neither.
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return [-0.5, 0.5];
  const padding = Math.max(0.1, (high - low) * 0.05);
  return [low - padding, high + padding];
}

/** Whole decades inside a range; halves too when there would be fewer than two. */
export function decades([low, high]: Range): number[] {
  for (const step of [1, 0.5, 0.25]) {
    const first = Math.ceil(low / step);
    const ticks = Array.from(
      { length: Math.max(0, Math.floor(high / step) - first + 1) },
      (_, i) => (first + i) * step,
    );
    if (ticks.length >= 2) return ticks;
  }
  return [low, high];
}

/** A decade as people read it: `0.01`, `1`, `3.2`, `10⁻⁵`. */
export function formatDecade(log: number): string {
  const value = 10 ** log;
  if (log >= -3 && log <= 4) return String(Number(value.toPrecision(2)));
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const exponent = String(Math.abs(log)).replace(/\d/g, (digit) => digits[Number(digit)]!);
  return Number.isInteger(log) ? `10${log < 0 ? '⁻' : ''}${exponent}` : value.toExponential(0);
}
