import { expect, it } from 'vitest';
import { checkpointThresholds } from '../group/coder-files.ts';
import { train } from '../train.ts';
import { checkConfig } from './checks.ts';
import { checkedLatents } from './learner-options.ts';
import { TrainConfig, type TrainConfigInput } from './train-config.ts';

const parse = (input: TrainConfigInput): TrainConfig => TrainConfig.parse(input);
const transcoder = { layer: 'blocks.0.ln2.hook_normalized', target: 'blocks.0.hook_mlp_out' };

it('lets every kind of job pass that can be done', () => {
  for (const input of [
    {},
    { sae: { kind: 'topk' } },
    { sae: { ghostGrads: true } },
    { sae: { kind: 'batchtopk' }, aux: 'saelens', objective: { kind: 'matryoshka' } },
    { data: { ...transcoder, language: {} } },
    { data: { ...transcoder, language: {} }, resampling: 'anthropic' },
    { data: { live: {} }, resampling: 'l2' },
    { lrSchedule: 'linearWarmupDecay' },
    { sae: { kind: 'jumprelu', targetL0: 30, targetOf: 'row' } },
    { sae: { kind: 'jumprelu', targetL0: 30, targetWeight: 2 }, objective: { sparsityCoeff: 2 } },
    { sae: { kind: 'jumprelu', sparsityLoss: 'tanh', preActCoeff: 1e-6 } },
  ] satisfies TrainConfigInput[]) {
    expect(() => checkConfig(parse(input))).not.toThrow();
  }
});

it.each<[string, TrainConfigInput, string]>([
  ['two models', { data: { live: {}, language: {} } }, 'both data.live and data.language'],
  [
    'ghosts of topk',
    { sae: { kind: 'topk', ghostGrads: true } },
    'sae.ghostGrads: true for a topk',
  ],
  [
    'ghosts of prefixes',
    { sae: { ghostGrads: true }, objective: { kind: 'matryoshka' } },
    'with the matryoshka objective',
  ],
  [
    'a skip connection of an autoencoder',
    { sae: { skip: true } },
    'unsupported sae.skip: true for an autoencoder',
  ],
  [
    'dead latents that aim past a skip connection',
    { data: transcoder, sae: { skip: true }, deadLatentAim: 'input' },
    'unsupported deadLatentAim: input for a transcoder with a skip connection',
  ],
  [
    'gates and prefixes',
    { sae: { kind: 'gated' }, objective: { kind: 'matryoshka' } },
    'unsupported objective: matryoshka for a gated coder',
  ],
  [
    'a transcoder that starts transposed',
    { data: transcoder, sae: { encoderStart: 'transposed' } },
    'unsupported sae.encoderStart: transposed',
  ],
  [
    'ghosts and AuxK at once',
    { sae: { ghostGrads: true }, aux: 'saev' },
    'both sae.ghostGrads and aux (saev)',
  ],
  [
    'an output bias under a transcoder',
    { data: transcoder, sae: { inputBias: 'decoder' } },
    'invalid sae.inputBias: decoder',
  ],
  [
    'the loss of a vision model',
    { data: { live: {} }, resampling: 'anthropic' },
    'unsupported resampling: anthropic',
  ],
  [
    'a falling p of a topk',
    { sae: { kind: 'topk' }, objective: { kind: 'p-anneal' } },
    'unsupported objective p-anneal: for a topk coder',
  ],
  [
    'a p that falls before it begins to',
    { objective: { kind: 'p-anneal', annealStart: 20, annealEnd: 20 } },
    'invalid objective.annealEnd: 20, but p begins to fall at step 20',
  ],
  [
    'a p that rises',
    { objective: { kind: 'p-anneal', pStart: 0.3, pEnd: 0.5 } },
    'invalid objective.pEnd: 0.5, but p falls from 0.3',
  ],
  [
    'a target above the number of latents',
    { sae: { kind: 'jumprelu', targetL0: 65, dSae: 64 } },
    'invalid sae.targetL0: 65, but there are 64 latents',
  ],
  [
    'a coefficient and a target',
    { sae: { kind: 'jumprelu', targetL0: 6 }, objective: { sparsityCoeff: 0.1 } },
    'both objective.sparsityCoeff (0.1) and sae.targetL0 (6)',
  ],
  [
    'an L0 that is held and a target',
    { sae: { kind: 'jumprelu', targetL0: 6 }, holdL0: 8 },
    'both holdL0 (8) and sae.targetL0 (6)',
  ],
  [
    'a quadratic loss without a target',
    { sae: { kind: 'jumprelu', sparsityLoss: 'quadratic' } },
    'invalid sae.sparsityLoss: quadratic, but there is no sae.targetL0',
  ],
  [
    'a target of another loss',
    { sae: { kind: 'jumprelu', sparsityLoss: 'tanh', targetL0: 6 } },
    'both sae.targetL0 (6) and a tanh loss',
  ],
  [
    'a tanh of codes whose decoder rows grow',
    { sae: { kind: 'jumprelu', sparsityLoss: 'tanh', normalizeWDec: false } },
    'unsupported sae.sparsityLoss tanh: with sae.normalizeWDec false',
  ],
  [
    'free decoder rows of a coder whose latents are lifted',
    { sae: { kind: 'jumprelu', freeDecoderNorm: true, preActCoeff: 1e-6 } },
    'both sae.freeDecoderNorm and sae.preActCoeff',
  ],
  [
    'free decoder rows of a coder with gates',
    { sae: { kind: 'gated', freeDecoderNorm: true } },
    'unsupported sae.freeDecoderNorm: for a gated coder',
  ],
  [
    'decoder rows that are free and count as they are',
    { sae: { kind: 'topk', freeDecoderNorm: true, normalizeWDec: false } },
    'both sae.freeDecoderNorm and sae.normalizeWDec false',
  ],
  [
    'a warm-up longer than the run',
    { lrSchedule: 'cosineAnnealingWarmup', nPatches: 1000, saeBatchSize: 10, nLrWarmup: 101 },
    'invalid nLrWarmup: 101, but the run has about 101 steps',
  ],
])('refuses %s before any work', async (_, input, message) => {
  // The data do not exist: the settings are looked at before them.
  const config = parse(input);
  await expect(train([config])).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(message),
  });
});

it.each([
  ['nPatches', { nPatches: 0 }],
  ['lrSchedule', { lrSchedule: 'sometimes' }],
  ['nCheckpoints', { nCheckpoints: -1 }],
  ['sparseConnection', { sparseConnection: { path: 'a' } }],
  ['deadFeatureWindow', { deadFeatureWindow: 0.5 }],
  ['objective', { objective: { errorScale: 'both' } }],
])('refuses a wrong %s', (key, input) => {
  const { error } = TrainConfig.safeParse(input);
  expect(error?.issues[0]?.path[0]).toBe(key);
});

it('writes coders on the way where the original does', () => {
  // list(range(0, total, total // (n + 1)))[1:]
  expect(checkpointThresholds(800, 3)).toEqual([200, 400, 600]);
  expect(checkpointThresholds(10, 3)).toEqual([2, 4, 6, 8]);
  expect(checkpointThresholds(60_000_000, 0)).toEqual([]);
  expect(checkpointThresholds(3, 10)).toEqual([1, 2]);
});

it('refuses to keep more latents of a row than there are', () => {
  const { sae } = parse({ sae: { kind: 'topk', k: 100, dSae: 64 } });
  expect(() => checkedLatents(sae, 8, 8)).toThrow('invalid sae.k: 100, but there are 64 latents');
  expect(checkedLatents({ ...sae, dSae: 100 }, 8, 8)).toBe(100);
});

it.each([
  [{ targetL0: 0 }],
  [{ targetL0: -3 }],
  [{ sparsityLoss: 'cubic' }],
  [{ thresholdScale: 'root' }],
])('knows no jumprelu with %j', (settings) => {
  const sae = { kind: 'jumprelu', ...settings };
  expect(TrainConfig.safeParse({ sae }).success).toBe(false);
});

it('knows the latents of data before it trains towards more of them', () => {
  const { sae } = parse({ sae: { kind: 'jumprelu', targetL0: 33, expFactor: 2 } });
  expect(() => checkedLatents(sae, 16, 16)).toThrow('invalid sae.targetL0: 33, but there are 32');
});
