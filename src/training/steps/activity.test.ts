import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Activity,
  countSilent,
  deadInWindow,
  endWindow,
  logSparsity,
  newActivity,
  noteStep,
  notFiredFor,
  sparsityMetrics,
} from './activity.ts';

/** Activity after steps of 10 rows each. */
function after(...steps: number[][]): Activity {
  const activity = newActivity(steps[0]!.length);
  for (const fired of steps) noteStep(activity, Uint32Array.from(fired), 10);
  return activity;
}

it('counts the steps since each latent fired, and the rows in which it did', () => {
  const activity = after([3, 0, 1], [0, 0, 2], [1, 0, 0]);
  expect([...activity.sinceFired]).toEqual([0, 3, 1]);
  expect([...activity.counts]).toEqual([4, 0, 3]);
  expect(activity.rows).toBe(30);
});

it('gives ghost gradients to latents that have been silent for more than the window', () => {
  const activity = after([3, 0, 1], [0, 0, 2], [1, 0, 0]);
  expect(notFiredFor(activity, 2)).toEqual(Uint8Array.of(0, 1, 0));
  expect(notFiredFor(activity, 3)).toBeUndefined();
  expect([2, 3].map((window) => countSilent(activity, window))).toEqual([1, 0]);
});

it('finds latents to resample by silence or by frequency', () => {
  const activity = after([3, 0, 1], [0, 0, 2]);
  const dead = (estimation: 'noFire' | 'frequency', threshold = 0.15): number[] => [
    ...deadInWindow(activity, { estimation, threshold }),
  ];
  expect(dead('noFire')).toEqual([1]);
  expect(dead('frequency')).toEqual([1]);
  expect(dead('frequency', 0.16)).toEqual([0, 1, 2]);
  expect(dead('frequency', 0)).toEqual([]);
});

it('calls no latent dead before a row was seen', () => {
  const rule = { estimation: 'noFire', threshold: 1 } as const;
  expect(deadInWindow(newActivity(4), rule)).toHaveLength(0);
});

it('ends a window with the log frequencies, and goes on counting from nothing', () => {
  const activity = after([10, 0, 1]);
  const ended = endWindow(activity);
  expect(ended).toBeClose([0, -10, -1], { absolute: 1e-6 });
  expect(activity.lastWindow).toBe(ended);
  noteStep(activity, Uint32Array.of(0, 5, 0), 10);
  expect(logSparsity(activity)).toBeClose([-10, Math.log10(0.5), -10], { absolute: 1e-6 });
  expect([...activity.sinceFired]).toEqual([1, 0, 1]);
});

it('charts shares of latents between 0 and 1 for any counts', () => {
  const steps = fc.array(fc.array(fc.nat(10), { minLength: 3, maxLength: 3 }), { minLength: 1 });
  fc.assert(
    fc.property(steps, (fired) => {
      const metrics = sparsityMetrics(after(...fired), { nSilent: 0, threshold: 0.2 });
      const below = ['sparsity/below_1e-6', 'sparsity/below_1e-5', 'sparsity/dead_features'];
      const shares = below.map((name) => metrics[name]!);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares[0]).toBeGreaterThanOrEqual(0);
      expect(shares[2]).toBeLessThanOrEqual(1);
    }),
  );
});
