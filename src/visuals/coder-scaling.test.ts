import { describe, expect, it } from 'vitest';
import { configureLogging } from '../base/log.ts';
import type { CoderConfig, SparseCoder } from '../sae/coder.ts';
import { initWeights } from '../sae/learning/init.ts';
import { scalingOf, tellScaling } from './coder-scaling.ts';
import { VisualsConfig } from './config.ts';

function coderOf(changes: Partial<CoderConfig>): SparseCoder {
  const sizes = { dIn: 3, dOut: 3, dSae: 6 };
  const activation = { kind: 'relu' } as const;
  const config = { ...sizes, activation, subtractDecoderBias: true, metadata: {}, ...changes };
  return { config, weights: initWeights({ ...sizes, seed: 1, bDec: new Float32Array(3) }) };
}

const settings = (data: VisualsConfig['data'] | Record<string, unknown>): VisualsConfig =>
  VisualsConfig.parse({ data: { clamp: 50, ...data } });
const mean = Float32Array.of(1, 2, 3);

describe('the scale on which an autoencoder reads rows', () => {
  it.each([
    ['says a mean and a scale', { normalization: { mean, scale: 2 } }, {}, { mean, scalar: 2 }],
    [
      'says so, and is asked to',
      { normalization: { mean } },
      { scaleNorm: true },
      { mean, scalar: 1 },
    ],
    ['was trained on rows as they are', {}, {}, { mean: undefined, scalar: 1 }],
    [
      'says a scale that is switched off',
      { normalization: { mean, scale: 2 } },
      { scaleNorm: false },
      { mean, scalar: 1 },
    ],
  ])('is its own where its checkpoint %s', (_, changes, data, expected) => {
    expect(scalingOf(coderOf(changes), settings(data))).toEqual({ clamp: 50, ...expected });
  });

  it('is that of the data where the checkpoint does not say, or a file is named', () => {
    expect(scalingOf(coderOf({ isScaleUnsaid: true }), settings({}))).toBeUndefined();
    const said = coderOf({ normalization: { mean } });
    expect(scalingOf(said, settings({ scaleMean: 'mean.pt' }))).toBeUndefined();
  });

  it('is told where the checkpoint does not say it, and only there', async () => {
    const lines: string[] = [];
    await configureLogging('warning', (line) => lines.push(line));
    try {
      const scaling = { clamp: 50, mean, scalar: 2.5 };
      tellScaling(coderOf({ normalization: { mean } }), settings({}), scaling);
      expect(lines).toEqual([]);
      const unsaid = coderOf({ isScaleUnsaid: true });
      tellScaling(unsaid, settings({ scaleMean: 'mean.pt' }), scaling);
      expect(lines[0]).toMatch(
        /does not say how .* less the mean of 'mean.pt', divided by 2.5 of these activations/,
      );
      tellScaling(unsaid, settings({}), { clamp: 50, mean: undefined, scalar: 1 });
      expect(lines[1]).toMatch(/rows are not centred, not scaled/);
    } finally {
      await configureLogging('fatal', () => undefined);
    }
  });
});
