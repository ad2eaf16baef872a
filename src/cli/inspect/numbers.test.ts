import { expect, it } from 'vitest';
import { lossScore } from './numbers.ts';

it('gives no share of the loss where zeros cost the model nothing', () => {
  const losses = { ceLossClean: 1.906, ceLossReplaced: 1.915, ceLossScore: 4.6 };
  expect(lossScore({ ...losses, ceLossZeroAblated: 1.9035 })).toBeUndefined();
  expect(lossScore({ ...losses, ceLossZeroAblated: 2.5, ceLossScore: 0.98 })).toBe(0.98);
  expect(lossScore({})).toBeUndefined();
});
