import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import { openCoder } from '../open-coder.ts';
import { geometricMedian, meanRow } from './geometric-median.ts';
import { initWeights } from './init.ts';
import { createLearner, type Learner } from './learner.ts';
import type { LearnerOptions } from './learner-options.ts';
import { drawRows } from './resampling.ts';

const random = new Random(8);
const normals = (n: number): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());

function makeLearner(changes: Partial<LearnerOptions> = {}): Promise<Learner> {
  const { dIn = 5, dOut = 5, dSae = 12 } = changes;
  return createLearner(referenceKernels(), {
    dIn,
    dOut,
    dSae,
    activation: { kind: 'relu' },
    objective: { kind: 'vanilla' },
    inputBias: 'none',
    removeParallelGrads: true,
    normalizeWDec: true,
    maxRows: 8,
    weights: initWeights({ dIn, dOut, dSae, seed: 1, bIn: normals(dIn), bDec: normals(dOut) }),
    seed: 1,
    ...changes,
  });
}

const rates = { learningRate: 1e-3, sparsityCoeff: 0.01 };
const marks = (dSae: number): Uint8Array => new Uint8Array(dSae).fill(1);

describe('drawing rows', () => {
  it('draws each row at most once for anthropic, and only rows with a loss', () => {
    const losses = [0, 3, -2, 1, Number.NaN, 5];
    const drawn = drawRows(losses, 10, { method: 'anthropic', random: new Random(1) });
    expect([...drawn].sort()).toEqual([1, 3, 5]);
    const none = drawRows([0, -1], 3, { method: 'l2', random: new Random(1) });
    expect(none).toEqual(new Uint32Array(0));
  });

  it.each([
    ['anthropic', 1 / 4],
    ['l2', 1 / 10],
  ] as const)('draws in proportion to what %s says', (method, share) => {
    const from = new Random(4);
    let first = 0;
    for (let i = 0; i < 4000; i++) first += drawRows([1, 3], 1, { method, random: from })[0]!;
    expect(1 - first / 4000).toBeGreaterThan(share - 0.03);
    expect(1 - first / 4000).toBeLessThan(share + 0.03);
  });
});

describe('resampling', () => {
  it('lets a latent fire on its row, and leaves the others and their moments alone', async () => {
    const learner = await makeLearner();
    await learner.step(normals(40), undefined, rates);
    const before = (await learner.save()).tensors;
    const input = normals(5);
    await learner.resample(
      Uint32Array.of(3),
      { inputs: input },
      { method: 'anthropic', scale: 0.5 },
    );
    const after = (await learner.save()).tensors;
    for (const [name, values] of after) {
      const width = values.length / 12;
      if (!/^(wEnc|bEnc|wDec)/.test(name)) expect(values, name).toEqual(before.get(name));
      else {
        const others = (all: Float32Array): Float32Array =>
          all.filter((_, i) => Math.floor(i / width) !== 3);
        expect(others(values), name).toEqual(others(before.get(name)!));
        if (name.includes('.')) {
          expect(values.subarray(3 * width, 4 * width)).toEqual(new Float32Array(width));
        }
      }
    }
    await learner.step(input, undefined, { ...rates, learningRate: 0 });
    expect((await learner.fired())[3]).toBe(1);
  });

  it('holds all latents back when all are replaced', async () => {
    const learner = await makeLearner();
    const all = Uint32Array.from({ length: 12 }, (_, s) => s);
    await learner.resample(all, { inputs: normals(60) }, { method: 'anthropic', scale: 0.2 });
    expect(await learner.device.read('bEnc')).toEqual(new Float32Array(12).fill(-5));
    const wEnc = await learner.device.read('wEnc');
    expect(Math.hypot(...wEnc.subarray(0, 5))).toBeCloseTo(0.2, 5);
  });

  it.each([
    ['anthropic', [3, 0, 4]],
    ['l2', [2, 1, 5]],
  ] as const)('points a transcoder’s decoder at the target: %s', async (method, direction) => {
    const learner = await makeLearner({ dOut: 3, inputBias: 'own' });
    const bias = Float32Array.of(1, -1, -1);
    await learner.device.write('bDec', bias);
    const rows = { inputs: normals(5), targets: Float32Array.of(3, 0, 4) };
    await learner.resample(Uint32Array.of(2), rows, { method, scale: 0.5 });
    const row = (await learner.device.read('wDec')).subarray(6, 9);
    const length = Math.hypot(...direction);
    expect(row).toBeClose(direction.map((value) => value / length));
  });

  it('points it at the input where that is asked for', async () => {
    const learner = await makeLearner({ inputBias: 'own', deadLatentAim: 'input' });
    const rows = { inputs: Float32Array.of(0, 3, 0, 4, 0), targets: normals(5) };
    await learner.resample(Uint32Array.of(2), rows, { method: 'anthropic' });
    const row = (await learner.device.read('wDec')).subarray(10, 15);
    expect(row).toBeClose([0, 0.6, 0, 0.8, 0]);
  });

  it('refuses other widths of inputs and outputs, and rows that do not fit', async () => {
    const learner = await makeLearner({ dOut: 3 });
    const one = Uint32Array.of(0);
    await expect(learner.resample(one, { inputs: normals(5) }, { method: 'l2' })).rejects.toThrow(
      'inputs of 5',
    );
    const square = await makeLearner();
    await expect(square.resample(one, { inputs: normals(4) }, { method: 'l2' })).rejects.toThrow(
      'expected inputs [1, 5]',
    );
  });
});

describe('options that cannot stand together', () => {
  it.each([
    ['b_dec', { dOut: 3, inputBias: 'decoder' }, 'invalid input bias'],
    ['directions', { sparseConnection: { directions: normals(7), coefficient: 1 } }, '7 numbers'],
    ['none', { sparseConnection: { directions: normals(0), coefficient: 1 } }, '0 numbers'],
  ] as [string, Partial<LearnerOptions>, string][])('%s', async (_, options, message) => {
    await expect(makeLearner(options)).rejects.toThrow(message);
  });

  it('refuses ghosts without a residual to explain, and changes nothing', async () => {
    const narrow = await makeLearner({ dOut: 3, inputBias: 'own', deadLatentAim: 'input' });
    const before = (await narrow.save()).tensors;
    const dead = marks(12);
    const step = narrow.step(normals(40), normals(24), { ...rates, dead });
    await expect(step).rejects.toThrow('unsupported ghost gradients: they compare inputs of 5');
    expect((await narrow.save()).tensors).toEqual(before);
    const nested = await makeLearner({
      objective: { kind: 'matryoshka', nPrefixes: 3 },
    });
    await expect(nested.step(normals(40), undefined, { ...rates, dead })).rejects.toThrow(
      'with the matryoshka objective',
    );
    await expect(nested.step(normals(40), undefined, { ...rates, dead: marks(3) })).rejects.toThrow(
      'expected 12 marks',
    );
  });
});

it('carries an input bias of its own into the encoder bias of the finished coder', async () => {
  const learner = await makeLearner({ dOut: 3, inputBias: 'own' });
  const [x, y] = [normals(40), normals(24)];
  await learner.step(x, y, rates);
  const encoder = await openCoder(await learner.coder({}), { kernels: referenceKernels() });
  const { codes, sums } = await learner.evaluate(x, y);
  const alone = await encoder.evaluate(x, y);
  expect(alone.codes.index).toEqual(codes.index);
  expect(alone.codes.value).toBeClose(codes.value, { relative: 1e-4, absolute: 1e-6 });
  expect(alone.sums.squaredError[0]! / sums.squaredError[0]!).toBeCloseTo(1, 5);
});

it('counts a row with a target of 0 for nothing', async () => {
  const learner = await makeLearner({ errorScale: 'targetNorm', inputBias: 'own' });
  const x = normals(10);
  const losses = await learner.step(x, new Float32Array(10), { ...rates, dead: marks(12) });
  expect(losses).toMatchObject({ mse: 0, ghost: 0 });
  expect((await learner.device.read('wDec')).every(Number.isFinite)).toBe(true);
});

describe('starting a bias', () => {
  it('finds a median whose mean distance no nearby point betters', async () => {
    const cloud = fc.array(
      fc.tuple(
        fc.float({ min: -9, max: 9, noNaN: true }),
        fc.float({ min: -9, max: 9, noNaN: true }),
      ),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(
        cloud,
        fc.double({ min: 0, max: 6.28, noNaN: true }),
        async (pairs, angle) => {
          const points = Float32Array.from(pairs.flat());
          const [x, y] = await geometricMedian(points, 2, { maxIterations: 2000 });
          const cost = (px: number, py: number): number =>
            pairs.reduce((sum, [a, b]) => sum + Math.hypot(a - px, b - py), 0);
          const aside = cost(x! + Math.cos(angle) / 2, y! + Math.sin(angle) / 2);
          expect(cost(x!, y!)).toBeLessThanOrEqual(aside + 0.01);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes the mean or the median of rows, and says when there are none', async () => {
    const rows = Float32Array.of(0, 0, 1, 2, 5, 10);
    expect(meanRow(rows, 2)).toEqual(Float64Array.of(2, 4));
    expect(await geometricMedian(rows, 2)).toBeClose([1, 2], { absolute: 1e-3 });
    const none = geometricMedian(new Float32Array(0), 2);
    await expect(none).rejects.toThrow('missing activations');
    expect(() => meanRow(rows, 4)).toThrow('expected points [n, 4]');
  });
});
