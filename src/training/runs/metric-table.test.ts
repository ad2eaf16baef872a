import { expect, it } from 'vitest';
import { inScheme, METRIC_SCHEMES, METRIC_TABLE, metricIn } from './metric-table.ts';

it('names no two metrics alike, in any scheme', () => {
  const all = Object.values(METRIC_TABLE).flat();
  for (const scheme of METRIC_SCHEMES) {
    const names = all.map((metric) => metric[scheme] ?? metric.saev);
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  }
});

it('knows metrics by their names in files', () => {
  expect(metricIn('circuits', 'losses/mse')).toBe('losses/mse_loss');
  expect(metricIn('upstream', 'valMse')).toBe('eval/mse');
  expect(metricIn('saev', 'valMse')).toBe('val/mse');
  expect(metricIn('ours', 'eval/normalized_mse')).toBe('normalizedMse');
  expect(inScheme('upstream', { 'losses/l1': 1, other: 2 })).toEqual({ 'losses/l1': 1, other: 2 });
});
