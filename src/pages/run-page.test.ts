import { describe, expect, it } from 'vitest';
import { type RunEntry, withLine } from './run-page.ts';
import { metricName, preferredMetric, usualMetrics } from './run-settings.ts';

function run(change: Partial<RunEntry> = {}): RunEntry {
  return {
    id: 'a',
    name: 'a',
    folder: 'a',
    state: 'running',
    started: '',
    tag: '',
    model: '',
    dataset: '',
    settings: {},
    metrics: {},
    metricsFrom: 'nothing',
    ...change,
  };
}

describe('a validation of a run', () => {
  const validated = { step: 9, time: 1, 'val/mse': 0.5, 'val/n_dead': 3, 'val/l0': null };

  it('is read from its lines, and stays while training goes on', () => {
    const once = withLine(run(), validated);
    expect(once.metrics).toEqual({ valMse: 0.5, valNDead: 3 });
    const later = withLine(once, { step: 10, 'losses/loss': 2, 'losses/mse': 1, 'metrics/l0': 7 });
    expect(later).toMatchObject({
      metrics: { valMse: 0.5, mse: 1, l0: 7 },
      metricsFrom: 'training',
    });
    expect(withLine(later, { step: 11, 'eval/rows': 3 })).toBe(later);
  });

  it('is shown in place of the evaluation where every run has one, else beside it', () => {
    const metrics = { l0: 1, mse: 2, valL0: 3, valMse: 4, ceLossScore: 1 };
    const both = run({ metrics, metricsFrom: 'evaluation' });
    const old = run({ metrics: { l0: 1, mse: 2 }, metricsFrom: 'evaluation' });
    expect(preferredMetric([both], 'mse')).toBe('valMse');
    expect(usualMetrics([both])).toEqual(['valL0', 'valMse', 'ceLossScore']);
    expect(preferredMetric([both, old], 'mse')).toBe('mse');
    expect(usualMetrics([both, old])).toEqual(['valL0', 'l0', 'valMse', 'mse', 'ceLossScore']);
    expect(preferredMetric([old], 'l0')).toBe('l0');
    expect(metricName('valMse')).not.toBe(metricName('mse'));
  });
});
