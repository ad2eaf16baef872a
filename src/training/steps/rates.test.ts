import { expect, it } from 'vitest';
import { type LrPlan, scheduledRate } from '../config/schedules.ts';
import { DIP, FIRST_RATE, nextRate, type RatePosition } from './rates.ts';

const plan: LrPlan = {
  schedule: 'cosineAnnealing',
  lr: 1e-2,
  nWarmup: 0,
  nSteps: 100,
  lrEnd: 1e-3,
  nCycles: 1,
};

/** Rates of `n` updates with resampling before some of them. */
function rates(n: number, resampledBefore: readonly number[] = []): number[] {
  let position: RatePosition = FIRST_RATE;
  return Array.from({ length: n }, (_, step) => {
    const next = nextRate(position, plan, resampledBefore.includes(step));
    position = next.position;
    return next.learningRate;
  });
}

it('follows the schedule where nothing is resampled', () => {
  expect(rates(20)).toEqual(Array.from({ length: 20 }, (_, step) => scheduledRate(step, plan)));
});

it('falls to 1/10,000 after resampling, rises in a line, and takes up the schedule where it stood', () => {
  // The numbers of the original's loop: reduced, then an increment before each update.
  const found = rates(5 + DIP + 3, [5]);
  const current = scheduledRate(4, plan);
  const reduced = current / 10_000;
  const increment = (current - reduced) / 10_000;
  let rate = reduced;
  for (let k = 0; k < DIP; k++) {
    rate += increment;
    expect(Math.abs(found[5 + k]! / rate - 1)).toBeLessThan(1e-9);
  }
  expect(found[5 + DIP - 1]).toBe(current);
  expect(found.slice(5 + DIP)).toEqual([5, 6, 7].map((step) => scheduledRate(step, plan)));
});

it('begins the dip again when resampling comes in one', () => {
  const found = rates(5 + 200, [5, 100]);
  expect(found[100]).toBe(found[5]);
  expect(found[101]).toBe(found[6]);
});
