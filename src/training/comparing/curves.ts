// The curves of a training, thinned so that they can be sent and drawn.
import type { MetricLine, RunCurve } from '../../pages/run-page.ts';

/** Most points of a curve. */
const POINTS = 500;

/** What a line says besides its numbers. */
const NO_METRICS: ReadonlySet<string> = new Set(['step', 'time']);

/** Gather lines of metrics.jsonl into one curve a metric, each of at most `most` points. */
export function curvesOf(
  lines: Iterable<MetricLine>,
  { most = POINTS }: { readonly most?: number } = {},
): RunCurve[] {
  const curves = new Map<string, { steps: number[]; values: (number | null)[] }>();
  for (const { step, ...numbers } of lines) {
    for (const [metric, value] of Object.entries(numbers)) {
      if (NO_METRICS.has(metric)) continue;
      let curve = curves.get(metric);
      if (curve === undefined) {
        curve = { steps: [], values: [] };
        curves.set(metric, curve);
      }
      curve.steps.push(step!);
      curve.values.push(value !== null && Number.isFinite(value) ? value : null);
    }
  }
  return [...curves].map(([metric, { steps, values }]) => {
    const kept = keptPoints(values, most);
    return {
      metric,
      steps: kept.map((i) => steps[i]!),
      values: kept.map((i) => values[i]!),
      points: steps.length,
    };
  });
}

/**
 * Choose at most `most` places of a curve, in order: its ends, and of each of equal parts between them the lowest and the
 * highest value, so that no spike is lost; where a part holds no number, its first place.
 */
export function keptPoints(values: readonly (number | null)[], most: number): number[] {
  const { length } = values;
  if (length <= most) return Array.from(values.keys());
  const parts = Math.max(1, Math.floor((most - 2) / 2));
  const kept = new Set([0]);
  for (let part = 0; part < parts; part++) {
    const from = 1 + Math.floor((part * (length - 2)) / parts);
    const to = 1 + Math.floor(((part + 1) * (length - 2)) / parts);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      const value = values[i] ?? null;
      if (value === null) continue;
      if (values[low] == null || value < values[low]!) low = i;
      if (values[high] == null || value > values[high]!) high = i;
    }
    for (const i of low < high ? [low, high] : [high, low]) kept.add(i);
  }
  kept.add(length - 1);
  return [...kept];
}
