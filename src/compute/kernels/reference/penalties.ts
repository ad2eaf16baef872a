// What keeps codes sparse beside L1 and L0, in plain float64.
import { l0TargetLoss, l0TargetSlope } from '../l0-target.ts';
import type { CodePenalty, PreActTerm, StepOptions } from '../types.ts';
import type { Entry, ReferenceTensors } from './forward.ts';

/** A penalty's loss of one row, and its change with each code of it; one that is 0 is in the window of a threshold. */
export function penaltyOfRow(
  penalty: CodePenalty | undefined,
  entries: readonly Entry[],
): { loss: number; powers: readonly [number, number]; slope: (value: number) => number } {
  if (penalty === undefined) return { loss: 0, powers: [0, 0], slope: () => 0 };
  const values = entries.map(({ value }) => value).filter((value) => value > 0);
  const sum = (of: (value: number) => number): number => values.reduce((a, f) => a + of(f), 0);
  const { weight } = penalty;
  if (penalty.kind === 'tanh') {
    const { scale } = penalty;
    return {
      loss: weight * sum((f) => Math.tanh(scale * f)),
      powers: [0, 0],
      slope: (f) => weight * scale * (1 - Math.tanh(scale * f) ** 2),
    };
  }
  const { p, root, nextP } = penalty;
  const powers = (of: number): number => sum((f) => f ** of);
  const measure = (of: number): number => (root ? powers(of) ** (1 / of) : powers(of));
  const factor = root ? powers(p) ** (1 / p - 1) : p;
  return {
    loss: weight * measure(p),
    powers: [measure(p), nextP === undefined ? 0 : measure(nextP)],
    slope: (f) => (f > 0 ? weight * factor * f ** (p - 1) : 0),
  };
}

/** What one more code in each row adds to the loss, and the loss of a target. */
export function l0Terms(
  { l0, l0Target }: Pick<StepOptions, 'l0' | 'l0Target'>,
  rows: readonly (readonly Entry[])[],
): { slopes: number[]; loss: number } {
  if (l0Target === undefined) return { slopes: rows.map(() => l0 / rows.length), loss: 0 };
  const counts = rows.map((entries) => entries.filter(({ value }) => value > 0).length);
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  const n = counts.length;
  return {
    slopes: counts.map((count) => l0TargetSlope(l0Target, { count, mean, rows: n })),
    loss: l0TargetLoss(l0Target, counts),
  };
}

/** Add the gradients of what brings dead latents up to their thresholds (see `PreActTerm`); returns the loss. */
export function addPreAct(
  { of, gradient, input, preActivation, options }: ReferenceTensors,
  x: Float32Array,
  { latents, weight }: PreActTerm,
): number {
  const { dIn } = options;
  const rows = x.length / dIn;
  let total = 0;
  for (const s of latents) {
    of('seen')[s] = 1;
    for (let row = 0; row < rows; row++) {
      const below = of('threshold')[s]! - preActivation(x, row, s);
      if (!(below > 0)) continue;
      total += (weight * below) / rows;
      gradient('threshold')[s]! += weight / rows;
      gradient('bEnc')[s]! -= weight / rows;
      for (let i = 0; i < dIn; i++) {
        gradient('wEnc')[s * dIn + i]! -= (weight / rows) * input(x, row, i);
      }
    }
  }
  return total;
}
