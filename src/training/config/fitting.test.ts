import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviceOn } from './advice.ts';
import { fitConfig, isFitted, LONG_RUN, planText, stepsOf, warningsOf } from './fitting.ts';
import { TrainConfig, type TrainConfigInput } from './train-config.ts';

const images = (length: number, dModel = 1024) => ({ length, dModel, contexts: undefined });
const texts = (length: number) => ({ ...images(length, 128), contexts: {} as never });
const fitted = (input: TrainConfigInput, source = images(400_000_000)) =>
  fitConfig(TrainConfig.parse(input), source);

describe('fitConfig', () => {
  it('gives a long run the defaults of Python’s saev', () => {
    const { nPatches, saeBatchSize, lr, nLrWarmup, objective } = fitted({});
    expect({ nPatches, saeBatchSize, lr, nLrWarmup, ...objective }).toMatchObject(LONG_RUN);
    expect(stepsOf(LONG_RUN, images(400_000_000))).toBe(6104);
    const million = fitted({ nPatches: 100_000_000 }, images(1_000_000));
    expect(million).toMatchObject({ lr: 4e-4, nLrWarmup: 500, objective: { sparsityCoeff: 4e-4 } });
  });

  it('keeps whatever is given', () => {
    const given = {
      nPatches: 3000,
      saeBatchSize: 7,
      lr: 1e-5,
      nLrWarmup: 500,
      objective: { sparsityCoeff: 0 },
    };
    expect(fitted(given, images(100))).toMatchObject(given);
    expect(isFitted(TrainConfig.parse(given))).toBe(true);
    expect(isFitted(TrainConfig.parse({ ...given, lr: undefined }))).toBe(false);
  });

  it('gives fifty photos of a small model a run that fits them', () => {
    const photos = images(3648, 128);
    const open = fitted({ sae: { expFactor: 4 } }, photos);
    expect(open).toMatchObject({ nPatches: 1_000_000, saeBatchSize: 512, nLrWarmup: 223 });
    const short = fitted({ sae: { expFactor: 4 }, nPatches: 50_000, saeBatchSize: 1024 }, photos);
    expect(stepsOf(short, photos)).toBe(64);
    expect(short).toMatchObject({ lr: 3.2e-3, nLrWarmup: 6, objective: { sparsityCoeff: 0.019 } });
  });

  it('presses texts, JumpReLU and TopK as in a long run', () => {
    const coefficient = (input: TrainConfigInput, source = images(3648, 128)) =>
      fitted(input, source).objective.sparsityCoeff;
    expect(coefficient({}, texts(3648) as never)).toBe(4e-4);
    expect(coefficient({ sae: { kind: 'jumprelu' } })).toBe(4e-4);
    expect(coefficient({ sae: { kind: 'topk' } })).toBe(4e-4);
    expect(coefficient({})).toBeGreaterThan(1e-3);
  });

  it('starts JumpReLU with thresholds that its rows can reach, and keeps those that are given', () => {
    const photos = images(3648, 128);
    const wide = { bandwidth: 0.5, threshold: 0.5 };
    const narrow = { bandwidth: 0.001, threshold: 0.001 };
    const jumprelu = { sae: { kind: 'jumprelu' } } as const;
    expect(fitted(jumprelu, photos).sae).toMatchObject(wide);
    expect(fitted(jumprelu).sae).toMatchObject(wide);
    expect(fitted({ ...jumprelu, data: { scaleNorm: false } }, photos).sae).toMatchObject(narrow);
    expect(fitted(jumprelu, texts(3648) as never).sae).toMatchObject(narrow);
    const given = { sae: { kind: 'jumprelu', threshold: 0.1 } } as const;
    expect(fitted(given, photos).sae).toMatchObject({ bandwidth: 0.5, threshold: 0.1 });
    expect(isFitted(fitted(jumprelu, photos))).toBe(true);
    expect(isFitted({ ...fitted(jumprelu, photos), sae: TrainConfig.parse(jumprelu).sae })).toBe(
      false,
    );
    const asked = TrainConfig.parse(jumprelu);
    expect(planText(asked, fitConfig(asked, photos), photos)).toMatch(
      /; chosen for jumprelu: bandwidth 0.5, threshold 0.5$/,
    );
  });

  it('always leaves a warm-up that ends, and is at peace with what it chose', () => {
    const size = fc.integer({ min: 1, max: 2 ** 31 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 8192 }), (length, d) => {
        const source = images(length, d);
        const chosen = fitted({}, source);
        expect(chosen.nLrWarmup).toBeLessThan(stepsOf(chosen, source));
        expect(chosen.lr).toBeLessThanOrEqual(3.2e-3);
        expect(warningsOf(chosen, source)).toEqual([]);
        // A second time nothing is left to choose.
        expect(fitConfig(chosen, source)).toEqual(chosen);
      }),
    );
  });

  it('clips gradients as programs do whose errors are sums', () => {
    expect(fitted({ gradClip: 'auto' }).gradClip).toBe(1 / 1024);
    const transcoder = { ...images(3648), dTarget: 64 };
    expect(fitted({ gradClip: 'auto' }, transcoder).gradClip).toBe(1 / 64);
    expect(fitted({ gradClip: 0.3 }).gradClip).toBe(0.3);
    expect(fitted({})).not.toHaveProperty('gradClip');
  });

  it('refuses a warm-up that leaves a decaying schedule nothing', () => {
    const input = { lrSchedule: 'linearWarmupDecay', nLrWarmup: 5000 } as const;
    expect(() => fitted(input, images(3648))).toThrow('invalid nLrWarmup: 5000');
  });
});

describe('what is said of a run', () => {
  const photos = images(3648, 128);

  it('names the steps and what was chosen', () => {
    const asked = TrainConfig.parse({ nPatches: 50_000, saeBatchSize: 1024, lr: 1e-3 });
    expect(planText(asked, fitConfig(asked, photos), photos)).toBe(
      '64 steps of 1,024 rows, 18 passes over 3,648; chosen for so few: warm-up 6 (500 in a long run), sparsity 0.027 (0.0004 in a long run)',
    );
    const long = TrainConfig.parse({});
    expect(planText(long, fitted({}), images(400_000_000))).not.toContain('chosen');
  });

  it('warns before of a warm-up that is too long, and of too few steps', () => {
    const given = { nLrWarmup: 500, nPatches: 50_000, saeBatchSize: 1024 };
    expect(warningsOf(fitted(given, photos), photos)).toEqual([
      'the learning rate rises over 500 steps, all of the 64 that there are: lower --n-lr-warmup (6 would fit), or raise --n-patches',
    ]);
    expect(warningsOf(fitted({ nPatches: 5000, saeBatchSize: 1024 }, photos), photos)).toEqual([
      expect.stringMatching(/^6 steps will hardly train anything/),
    ]);
    expect(warningsOf(fitted({ ...given, lrSchedule: 'constant' }, photos), photos)).toEqual([]);
  });

  const judge = (
    input: TrainConfigInput,
    evaluation: { l0?: number; normalizedMse?: number; nDead?: number },
  ) =>
    adviceOn(
      {
        config: fitted({ nPatches: 50_000, saeBatchSize: 1024, ...input }, photos),
        evaluation: {
          l0: 30,
          normalizedMse: 0.1,
          nDead: 0,
          freqs: new Float32Array(512),
          ...evaluation,
        },
      },
      photos,
    ).join('\n');

  it.each<[string, TrainConfigInput, Parameters<typeof judge>[1], RegExp | string]>([
    ['nothing of a good coder', {}, {}, ''],
    [
      'a rate that never rose',
      { nLrWarmup: 500 },
      { normalizedMse: 1.4 },
      /had reached 0.0004032 of 0.0032 .* --n-lr-warmup/,
    ],
    ['an error above the mean’s', {}, { normalizedMse: 1.4 }, /worse than the mean .* --n-patches/],
    ['half the variance missed', {}, { normalizedMse: 0.6 }, /60% .* lower --objective.sparsity/],
    [
      'the same of topk',
      { sae: { kind: 'topk', k: 4 } },
      { normalizedMse: 0.6 },
      /--sae.k \(now 4/,
    ],
    ['dense codes', {}, { l0: 257 }, /257 of 512 latents .* raise --objective.sparsity-coeff/],
    ['dense topk', { sae: { kind: 'topk', k: 100 } }, { l0: 100 }, /lower --sae.k \(now 100\)/],
    ['empty codes', {}, { l0: 0.2 }, /most codes are empty/],
    [
      'dead latents',
      {},
      { nDead: 300 },
      /300 of 512 latents never fire: revive them \(--aux saev\), lower --sae.exp-factor/,
    ],
    ['a run that broke down', {}, { normalizedMse: Number.NaN }, /broke down .* lower --lr/],
  ])('says %s', (_, input, evaluation, expected) => {
    if (expected === '') expect(judge(input, evaluation)).toBe('');
    else expect(judge(input, evaluation)).toMatch(expected);
  });
});
