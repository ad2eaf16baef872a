// An axis of a metric, straight or logarithmic, from the values that it must hold.
import { formatValue } from '../../shared/format.ts';
import {
  decades,
  formatDecade,
  linearScale,
  type Range,
  type Scale,
} from '../../shared/plot-scale.ts';

export interface MetricAxis {
  /** Takes what `place` gives. */
  readonly scale: Scale;
  readonly ticks: readonly number[];
  readonly format: (tick: number) => string;
  /** Where a value stands on the scale; undefined where it has no place: none, or not above 0 on a logarithmic axis. */
  place(value: number | null | undefined): number | undefined;
}

/** Make an axis that holds all values, to be drawn between two pixels. */
export function metricAxis(
  values: Iterable<number | null | undefined>,
  { isLog, from, to }: { readonly isLog: boolean; readonly from: number; readonly to: number },
): MetricAxis {
  const place = (value: number | null | undefined): number | undefined => {
    if (value == null || !Number.isFinite(value)) return undefined;
    return isLog ? (value > 0 ? Math.log10(value) : undefined) : value;
  };
  const domain = paddedRange([...values].map(place));
  return {
    scale: linearScale(domain, from, to),
    ticks: isLog ? decades(domain) : evenTicks(domain, Math.abs(to - from) / 75),
    format: isLog ? formatDecade : tickText,
    place,
  };
}

function paddedRange(values: readonly (number | undefined)[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === undefined) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const padding = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 0.5;
  // What cannot be negative has no room below 0.
  const isAbove = low >= 0 && low - padding < 0 && high > 0;
  return [isAbove ? -padding / 3 : low - padding, high + padding];
}

/** About `count` round numbers inside a range. */
export function evenTicks([low, high]: Range, count: number): number[] {
  const raw = (high - low) / Math.max(2, count);
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((part) => part * size).find((part) => part >= raw * 0.7)!;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    rounded((first + i) * step),
  );
}

/** Without the dust of floating-point sums. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** A round number as it stands on an axis: `0`, `0.05`, `1,200`, `2M`, `5e-5`. */
export function tickText(value: number): string {
  if (value < 0) return `−${tickText(-value)}`;
  if (value >= 1e6) return `${rounded(value / 1e6)}M`;
  if (value >= 1e4) return `${rounded(value / 1e3)}k`;
  if (value === 0 || value >= 1e-3)
    return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
  return formatValue(value);
}
