import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeReference, encodeReference } from '../../fixtures/checkpoints/reference.ts';
import { Random } from '../base/random.ts';
import { cpuKernels } from '../compute/kernels/cpu/kernels.ts';
import { referenceKernels } from '../compute/kernels/reference/kernels.ts';
import type { Kernels } from '../compute/kernels/types.ts';
import { concatRows, type SparseRows } from '../compute/sparse-rows.ts';
import type { Activation } from './activation-functions/registry.ts';
import type { SparseCoder } from './coder.ts';
import { decode } from './decode.ts';
import { foldNormalization } from './fold.ts';
import { initWeights } from './learning/init.ts';
import { denormalizeOutputs, estimateNormalization, normalizeInputs } from './normalization.ts';
import { openCoder } from './open-coder.ts';

const random = new Random(3);
const normals = (n: number): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());

function makeCoder(changes: Partial<SparseCoder['config']> = {}): SparseCoder {
  const config = {
    dIn: 6,
    dOut: 6,
    dSae: 20,
    activation: { kind: 'relu' },
    subtractDecoderBias: true,
    metadata: {},
    ...changes,
  } as const;
  const { dIn, dOut, dSae } = config;
  return { config, weights: initWeights({ dIn, dOut, dSae, seed: 1, bDec: normals(dOut) }) };
}

describe('a coder at work', () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await cpuKernels({ threads: 2 });
  });
  afterAll(() => kernels.close());

  it.each([
    ['relu', { kind: 'relu' } as const],
    ['topk', { kind: 'topk', k: 3 } as const],
  ])('gives the same %s codes and sums in pieces as at once', async (_, activation) => {
    const coder = makeCoder({ activation });
    const acts = normals(6 * 11);
    const whole = await openCoder(coder, { kernels, maxRows: 11 });
    const pieces = await openCoder(coder, { kernels, maxRows: 4 });
    const one = await whole.evaluate(acts);
    const many = await pieces.evaluate(acts);
    expect(many.codes).toEqual(one.codes);
    expect(await pieces.encode(acts)).toEqual(one.codes);
    expect(many.sums.rows).toBe(11);
    expect(many.sums.l0).toBe(one.sums.l0);
    expect(many.sums.squaredError[0]).toBeCloseTo(one.sums.squaredError[0]!, 4);
    await whole.close();
    await pieces.close();
  });

  it('measures the error that decoding shows', async () => {
    const coder = makeCoder();
    const acts = normals(6 * 9);
    const encoder = await openCoder(coder, { kernels, maxRows: 4 });
    const { codes, sums } = await encoder.evaluate(acts);
    const outputs = decode(codes, coder);
    const error = outputs.reduce((sum, y, i) => sum + (y - acts[i]!) ** 2, 0);
    expect(sums.squaredError[0]! / error).toBeCloseTo(1, 5);
    await encoder.close();
  });

  it('takes no rows, and refuses a broken row', async () => {
    const encoder = await openCoder(makeCoder(), { kernels });
    const none = await encoder.encode(new Float32Array(0));
    expect(none).toMatchObject({ columns: 20, rowStart: Uint32Array.of(0) });
    await expect(encoder.encode(new Float32Array(7))).rejects.toThrow(
      'coder: expected [rows, 6], got 7 numbers',
    );
    await encoder.close();
  });

  /** What the formulas say, in float64: codes `[rows, 20]` and reconstructions `[rows, 6]`. */
  function byFormula({ config, weights }: SparseCoder, acts: Float32Array): [number[], number[]] {
    const { wEnc, bEnc, wDec, bDec, wSkip, gated } = weights;
    const codes: number[] = [];
    const outputs: number[] = [];
    for (let r = 0; r < acts.length; r += 6) {
      const x = Array.from(acts.subarray(r, r + 6));
      const centred = x.map((value, i) => value - (config.subtractDecoderBias ? bDec[i]! : 0));
      const dots = Array.from(bEnc, (_, s) =>
        centred.reduce((sum, value, i) => sum + value * wEnc[s * 6 + i]!, 0),
      );
      let f = dots.map((dot, s) => dot + bEnc[s]!);
      if (gated !== undefined) {
        f = dots.map((dot, s) =>
          dot + gated.bGate[s]! > 0 ? Math.max(0, Math.exp(gated.rMag[s]!) * dot + bEnc[s]!) : 0,
        );
      }
      if (config.activation.kind === 'topk') {
        const least = [...f].sort((a, b) => b - a)[config.activation.k - 1]!;
        f = f.map((value) => (value >= least ? value : 0));
      }
      if (config.activation.kind === 'relu') f = f.map((value) => Math.max(0, value));
      codes.push(...f);
      for (let j = 0; j < 6; j++) {
        const skip = wSkip ? x.reduce((sum, v, i) => sum + v * wSkip[j * 6 + i]!, 0) : 0;
        outputs.push(f.reduce((sum, v, s) => sum + v * wDec[s * 6 + j]!, bDec[j]! + skip));
      }
    }
    return [codes, outputs];
  }

  const gated = { rMag: normals(20), bGate: normals(20) };
  const wSkip = normals(36);
  it.each([
    ['relu', { activation: { kind: 'relu' } }, {}],
    ['signed topk', { activation: { kind: 'topk', k: 15, signed: true } }, {}],
    ['gated', { activation: { kind: 'gated' } }, { gated }],
    ['skip', { subtractDecoderBias: false }, { wSkip }],
  ] as [string, Partial<SparseCoder['config']>, Partial<SparseCoder['weights']>][])(
    'encodes, reconstructs and measures as the formulas of a %s coder say',
    async (_, changes, weights) => {
      const plain = makeCoder(changes);
      const bEnc = normals(20);
      const coder = { ...plain, weights: { ...plain.weights, bEnc, ...weights } };
      const acts = normals(6 * 11);
      const targets = normals(6 * 11);
      const [codes, outputs] = byFormula(coder, acts);
      for (const on of [kernels, referenceKernels()]) {
        const encoder = await openCoder(coder, { kernels: on, maxRows: 4 });
        const found = await encoder.encode(acts);
        const dense = new Float32Array(11 * 20);
        for (let r = 0; r < 11; r++) {
          for (let p = found.rowStart[r]!; p < found.rowStart[r + 1]!; p++)
            dense[r * 20 + found.index[p]!] = found.value[p]!;
        }
        expect(dense).toBeClose(codes, { relative: 1e-5, absolute: 1e-6 });
        expect(await encoder.reconstruct(acts)).toBeNear(outputs, 1e-6);
        expect(await encoder.decode(found, acts)).toBeNear(outputs, 1e-6);
        const { sums } = await encoder.evaluate(acts, targets);
        const error = outputs.reduce((sum, y, i) => sum + (y - targets[i]!) ** 2, 0);
        expect(sums.squaredError[0]! / error).toBeCloseTo(1, 5);
        expect(sums.rows).toBe(11);
        await encoder.close();
      }
      if (changes.activation?.kind === 'topk') expect(codes.some((f) => f < 0)).toBe(true);
    },
  );

  it('decodes changed codes too, and refuses those of another coder', async () => {
    const threshold = new Float32Array(20).fill(0.5);
    const plain = makeCoder({ activation: { kind: 'jumprelu' } });
    const coder = { ...plain, weights: { ...plain.weights, threshold } };
    const encoder = await openCoder(coder, { kernels, maxRows: 1 });
    const codes = {
      columns: 20,
      rowStart: Uint32Array.of(0, 2, 2),
      index: Uint32Array.of(3, 7),
      // Neither is above the threshold.
      value: Float32Array.of(0.1, -2),
    };
    expect(await encoder.decode(codes)).toBeNear(decode(codes, coder), 1e-6);
    await expect(encoder.decode({ ...codes, columns: 21 })).rejects.toThrow('got [rows, 21]');
    await encoder.close();
  });

  describe('trained on scaled rows', () => {
    const mean = normals(6);
    const scale = 2.5;
    const acts = normals(6 * 11).map((x, i) => scale * x + mean[i % 6]!);
    const coder = makeCoder({ normalization: { mean, scale } });
    const scaled = normalizeInputs(acts, coder.config);
    const plain = { ...coder, config: { ...coder.config, normalization: undefined } };

    const unsaid = { ...plain, config: { ...plain.config, isScaleUnsaid: true } };

    it("takes the model's own rows, and gives the codes of scaled ones", async () => {
      await using running = await openCoder(coder, { kernels });
      await using other = await openCoder(plain, { kernels });
      const codes = await running.encode(acts);
      expect(codes).toEqual(await running.encodeScaled(scaled));
      expect(codes).toEqual(await other.encode(scaled));
      expect(codes).not.toEqual(await running.encodeScaled(acts));
    });

    it("gives reconstructions and errors on the model's own scale", async () => {
      await using running = await openCoder(coder, { kernels, maxRows: 4 });
      await using other = await openCoder(plain, { kernels, maxRows: 4 });
      const codes = await running.encode(acts);
      const outputs = denormalizeOutputs(await other.reconstruct(scaled), coder.config);
      expect(await running.reconstruct(acts)).toEqual(outputs);
      expect(await running.decode(codes)).toBeNear(outputs, 1e-6);
      const found = await running.evaluate(acts);
      const again = await running.evaluate(acts, acts);
      const ofScaled = await running.evaluateScaled(scaled);
      expect(found.codes).toEqual(codes);
      expect(again.sums).toEqual(found.sums);
      expect(ofScaled).toEqual(await other.evaluate(scaled));
      expect(found.sums.squaredError[0]).toBe(ofScaled.sums.squaredError[0]! * scale ** 2);
      const error = outputs.reduce((sum, y, i) => sum + (y - acts[i]!) ** 2, 0);
      expect(found.sums.squaredError[0]! / error).toBeCloseTo(1, 4);
    });

    it('has them from a person or a sample where the checkpoint does not say, and only there', async () => {
      const estimated = await estimateNormalization(acts, 6);
      const codesWith = async (...args: Parameters<typeof openCoder>): Promise<SparseRows> => {
        const [which, options] = args;
        await using running = await openCoder(which, { kernels, ...options });
        return await running.encode(acts);
      };
      const normalization = { mean, scale };
      const own = await codesWith(coder);
      expect(await codesWith(unsaid, { normalization })).toEqual(own);
      expect(await codesWith(unsaid, { normalization, sample: acts })).toEqual(own);
      const byEstimate = await codesWith(plain, { normalization: estimated });
      expect(await codesWith(unsaid, { sample: acts })).toEqual(byEstimate);
      expect(byEstimate).not.toEqual(own);
      expect(await codesWith(plain, { sample: acts })).toEqual(await codesWith(plain));
      expect(await codesWith(coder, { sample: acts })).toEqual(own);
    });

    it('estimates it from the first rows, and says so once, where nothing tells', async () => {
      const told = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      try {
        const many = Float32Array.from({ length: 6 * 40 }, (_, i) => acts[i % acts.length]! + i);
        const normalization = await estimateNormalization(many, 6);
        await using running = await openCoder(unsaid, { kernels });
        await using known = await openCoder(unsaid, { kernels, normalization });
        await running.encodeScaled(scaled);
        await expect(running.encode(acts)).rejects.toThrow('11 rows are too few to tell');
        await expect(running.decode(await known.encode(acts))).rejects.toThrow('does not say');
        expect(told).not.toHaveBeenCalled();
        expect((await running.encode(new Float32Array(0))).rowStart).toHaveLength(1);
        expect(await running.encode(many)).toEqual(await known.encode(many));
        expect(await running.encode(acts)).toEqual(await known.encode(acts));
        expect(await running.reconstruct(acts)).toEqual(await known.reconstruct(acts));
        expect(await running.evaluate(acts, acts)).toEqual(await known.evaluate(acts, acts));
        expect(told).toHaveBeenCalledOnce();
        expect(told.mock.calls[0]![0]).toMatch(/does not say .* estimated from the first 40 rows/);
      } finally {
        told.mockRestore();
      }
    });

    it("leaves a transcoder's targets as they are", async () => {
      const config = { ...coder.config, isTranscoder: true, subtractDecoderBias: false };
      const { normalization: _, ...rest } = config;
      await using running = await openCoder({ ...coder, config }, { kernels });
      await using other = await openCoder({ ...coder, config: rest }, { kernels });
      const targets = normals(6 * 11);
      expect(await running.reconstruct(acts)).toEqual(await other.reconstruct(scaled));
      expect(await running.evaluate(acts, targets)).toEqual(await other.evaluate(scaled, targets));
    });
  });

  it('is read where a name is given, and refused where there is none', async () => {
    const name = join(import.meta.dirname, '../../fixtures/checkpoints/saelens/standard');
    await using coder = await openCoder(name, { kernels });
    expect(coder.config.place).toMatchObject({ input: 'blocks.8.hook_resid_pre', layer: 8 });
    expect(coder.weights.wEnc).toHaveLength(coder.dIn * coder.dSae);
    await expect(openCoder('no/such/coder')).rejects.toThrow('missing checkpoint');
  });

  it('refuses to leave a skip connection out', async () => {
    const plain = makeCoder({ subtractDecoderBias: false });
    const coder = { ...plain, weights: { ...plain.weights, wSkip } };
    const encoder = await openCoder(coder, { kernels });
    const codes = await encoder.encode(normals(12));
    await expect(encoder.decode(codes)).rejects.toThrow('expected inputs [2, 6]');
    await encoder.close();
  });
});

describe('decode', () => {
  it('adds decoder rows and the bias', () => {
    const coder = makeCoder();
    const { wDec, bDec } = coder.weights;
    const codes = {
      columns: 20,
      rowStart: Uint32Array.of(0, 2, 2),
      index: Uint32Array.of(3, 7),
      value: Float32Array.of(0.5, 2),
    };
    const expected = Float32Array.from(bDec, (b, j) => b + 0.5 * wDec[18 + j]! + 2 * wDec[42 + j]!);
    const outputs = decode(codes, coder);
    expect(outputs.subarray(0, 6)).toBeNear(expected, 1e-6);
    expect(outputs.subarray(6)).toEqual(bDec);
  });

  it('adds the skip connection, and refuses to without inputs', () => {
    const coder = makeCoder();
    const wSkip = normals(36);
    const skipping = { ...coder, weights: { ...coder.weights, wSkip } };
    const codes = {
      columns: 20,
      rowStart: Uint32Array.of(0, 0),
      index: new Uint32Array(0),
      value: new Float32Array(0),
    };
    const x = normals(6);
    const expected = Float32Array.from(coder.weights.bDec, (b, j) =>
      x.reduce((sum, value, i) => sum + wSkip[j * 6 + i]! * value, b),
    );
    expect(decode(codes, skipping, x)).toBeNear(expected, 1e-6);
    expect(() => decode(codes, skipping)).toThrow('expected inputs [1, 6]');
    expect(() => decode({ ...codes, columns: 21 }, coder)).toThrow('got [rows, 21]');
  });
});

describe('normalisation', () => {
  const config = {
    dIn: 3,
    dOut: 3,
    normalization: { mean: Float32Array.of(1, -2, 3), scale: 4 },
  };

  it('subtracts the mean and divides by the scale, and comes back', () => {
    const acts = normals(9);
    const scaled = normalizeInputs(acts, config);
    expect(scaled[4]).toBe(Math.fround(Math.fround(acts[4]! + 2) / 4));
    expect(denormalizeOutputs(scaled, config)).toBeNear(acts, 1e-6);
  });

  it('is estimated as saev computes it: the mean, and rows of an average norm of √d', async () => {
    const acts = Float32Array.of(1, 10, 3, 14);
    const { mean, scale } = await estimateNormalization(acts, 2);
    expect(mean).toEqual(Float32Array.of(2, 12));
    expect(scale).toBe(Math.fround(Math.sqrt(5) / Math.sqrt(2)));
    await expect(estimateNormalization(acts, 3)).rejects.toThrow('expected [rows, 3]');
    await expect(estimateNormalization(Float32Array.of(1, 1), 1)).rejects.toThrow('all the same');
  });

  it('goes into the weights with the same codes and reconstructions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom('relu', 'topk', 'jumprelu', 'gated'),
        fc.boolean(),
        (seed, kind, subtractDecoderBias) => {
          const dice = new Random(seed);
          const draw = (n: number): Float32Array =>
            Float32Array.from({ length: n }, () => dice.normal());
          const activation = (kind === 'topk' ? { kind, k: 4 } : { kind }) as Activation;
          const mean = draw(6);
          const normalization = { mean, scale: 0.1 + 4 * dice.float() };
          const { config, weights } = makeCoder({ activation, subtractDecoderBias, normalization });
          const coder = {
            config,
            weights: {
              ...weights,
              bEnc: draw(20),
              ...(kind === 'jumprelu' && { threshold: new Float32Array(20).fill(0.4) }),
              ...(kind === 'gated' && { gated: { rMag: draw(20), bGate: draw(20) } }),
            },
          };
          const folded = foldNormalization(coder);
          expect(folded.config.normalization).toBeUndefined();
          const acts = draw(6 * 8).map((x, i) => 3 * x + mean[i % 6]!);
          const rows = (flat: Float32Array): number[][] =>
            Array.from({ length: 8 }, (_, r) => Array.from(flat.subarray(6 * r, 6 * r + 6)));
          const scaled = rows(normalizeInputs(acts, config));
          const codes = encodeReference(coder, scaled);
          expect(encodeReference(folded, rows(acts)).flat()).toBeClose(codes.flat(), {
            relative: 1e-4,
            absolute: 1e-4,
          });
          const outputs = Float32Array.from(decodeReference(coder, codes, scaled).flat());
          const folds = decodeReference(folded, codes, rows(acts)).flat();
          expect(folds).toBeClose(denormalizeOutputs(outputs, config), {
            relative: 1e-4,
            absolute: 1e-4,
          });
        },
      ),
    );
    const config = { ...makeCoder().config, isTranscoder: true, normalization: { scale: 2 } };
    expect(() => foldNormalization({ ...makeCoder(), config })).toThrow('expected an autoencoder');
  });

  it('copies where there is none, and refuses rows of another width', () => {
    const acts = normals(6);
    expect(normalizeInputs(acts, { dIn: 3, dOut: 3 })).toEqual(acts);
    expect(normalizeInputs(acts, { dIn: 3, dOut: 3 })).not.toBe(acts);
    expect(() => normalizeInputs(acts, { dIn: 4, dOut: 4 })).toThrow('expected [rows, 4]');
  });
});

describe('concatRows', () => {
  it('stacks matrices, empty ones included', () => {
    const part = (starts: number[], index: number[]) => ({
      columns: 5,
      rowStart: Uint32Array.from(starts),
      index: Uint32Array.from(index),
      value: Float32Array.from(index),
    });
    const parts = [part([0, 1, 3], [4, 0, 2]), part([0], []), part([0, 0, 2], [1, 3])];
    expect(concatRows(parts)).toEqual(part([0, 1, 3, 3, 5], [4, 0, 2, 1, 3]));
    expect(() => concatRows([])).toThrow('at least one part');
  });
});
