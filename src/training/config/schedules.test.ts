import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LR_SCHEDULES, type LrPlan, type LrSchedule, scheduledRate } from './schedules.ts';

interface Golden {
  lr: number;
  lrEnd: number;
  nSteps: number;
  cases: { schedule: LrSchedule; nWarmup: number; nCycles: number; rates: number[] }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/training/schedules.json', import.meta.url), 'utf8'),
) as Golden;
const { lr, lrEnd, nSteps } = golden;

describe('scheduledRate', () => {
  it.each(golden.cases)(
    'gives every update the rate of PyTorch: $schedule, warm-up $nWarmup, cycles $nCycles',
    ({ schedule, nWarmup, nCycles, rates }) => {
      const plan = { schedule, lr, nWarmup, nSteps, lrEnd, nCycles };
      const ours = rates.map((_, step) => scheduledRate(step, plan));
      expect(rates).toHaveLength(nSteps);
      expect(ours).toBeClose(rates, { relative: 1e-12, absolute: 1e-18 });
    },
  );

  it('has a golden case for every schedule but that of saev', () => {
    const tested = new Set(golden.cases.map(({ schedule }) => schedule));
    expect([...tested].sort()).toEqual(LR_SCHEDULES.filter((name) => name !== 'warmup').sort());
  });

  it('starts at 0 with warmup and rises in a line', () => {
    const plan: LrPlan = { schedule: 'warmup', lr: 1, nWarmup: 4, nSteps, lrEnd, nCycles: 1 };
    const rates = [0, 1, 2, 3, 4, 5].map((step) => scheduledRate(step, plan));
    expect(rates).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  });

  it('never falls below 0 or rises above lr within a run', () => {
    for (const schedule of LR_SCHEDULES) {
      const plan = { schedule, lr, nWarmup: 3, nSteps, lrEnd, nCycles: 2 };
      for (let step = 0; step < nSteps; step++) {
        const rate = scheduledRate(step, plan);
        expect(rate, `${schedule} ${step}`).toBeGreaterThanOrEqual(0);
        expect(rate, `${schedule} ${step}`).toBeLessThanOrEqual(lr * (1 + 1e-12));
      }
    }
  });
});
