// Every hook point against TransformerLens, and the whole models against HuggingFace (fixtures/language/make.py).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  finiteParts,
  type LanguageWorkshop,
  languageGolden,
  languageWorkshop,
} from '../../../test/helpers/language.ts';
import type { Tensor } from '../types.ts';
import { LOGITS } from './types.ts';

const LIMIT = 1e-5;

let workshop: LanguageWorkshop;
beforeAll(async () => {
  workshop = await languageWorkshop();
});
afterAll(() => workshop.close());

const CASES: [string, 'raw' | 'processed'][] = [
  ['gpt2', 'raw'],
  ['gpt2', 'processed'],
  ['neox', 'raw'],
  ['neox', 'processed'],
  ['neox-sequential', 'processed'],
  ['gelu', 'raw'],
  ['gelu', 'processed'],
  ['solu', 'raw'],
  ['solu', 'processed'],
  ['solu-rms', 'raw'],
  ['shortformer', 'raw'],
];

/** Compare where numbers are finite, and that the others are the same. */
function expectNear(actual: Tensor, expected: Tensor, name: string): void {
  expect(actual.shape, name).toEqual(expected.shape);
  const others = [...expected.data.keys()].filter((i) => !Number.isFinite(expected.data[i]));
  expect(
    others.every((i) => actual.data[i] === expected.data[i]),
    name,
  ).toBe(true);
  const [own, original] = finiteParts(actual, expected);
  expect(own, name).toBeNear(original, LIMIT);
}

describe('against TransformerLens', () => {
  it.each(CASES)('%s, %s: every hook point, the logits and the loss agree', async (name, kind) => {
    const golden = await languageGolden(name);
    const backbone = await workshop.open(name, { processing: kind === 'processed' });
    const results = new Set(['logits', 'loss', 'mean_loss']);
    const points = golden.names
      .filter((key) => key.startsWith(`${kind}/`))
      .map((key) => key.slice(kind.length + 1))
      .filter((key) => !results.has(key));
    expect([...backbone.hookPoints].sort()).toEqual(points.sort());

    const all = await backbone.run(golden.tokens, { record: [...backbone.hookPoints, LOGITS] });
    for (const [point, tensor] of all) expectNear(tensor, golden.tensor(`${kind}/${point}`), point);
    const loss = await backbone.loss(golden.tokens);
    expectNear(loss.perToken, golden.tensor(`${kind}/loss`), 'loss');
    expect([loss.mean]).toBeNear(golden.tensor(`${kind}/mean_loss`).data, LIMIT);
  });

  it.each(['gpt2', 'neox'])(
    '%s: logits and loss are the same when no point is read',
    async (name) => {
      const golden = await languageGolden(name);
      const backbone = await workshop.open(name);
      expect((await backbone.logits(golden.tokens)).data).toBeNear(
        golden.tensor('processed/logits').data,
        LIMIT,
      );
    },
  );

  it('gpt2: processing gives the same weights', async () => {
    const golden = await languageGolden('gpt2');
    const { matrices } = await workshop.open('gpt2');
    const names = golden.names.filter((key) => key.startsWith('weights/'));
    expect(names.length).toBe(4 + 2 * 12);
    for (const name of names) {
      const { data, shape } = await matrices.tensor(name.slice('weights/'.length));
      expect(shape).toEqual(golden.tensor(name).shape);
      expect(data, name).toBeClose(golden.tensor(name).data, { relative: 1e-5, absolute: 1e-6 });
    }
  });
});

describe('against HuggingFace', () => {
  it.each(['gpt2', 'neox', 'neox-sequential'])(
    '%s, raw: residual stream, patterns, logits and loss agree',
    async (name) => {
      const golden = await languageGolden(name);
      const backbone = await workshop.open(name, { processing: false });
      const { nLayers } = backbone.config;
      const pre = (layer: number): string => `blocks.${layer}.hook_resid_pre`;
      const pattern = (layer: number): string => `blocks.${layer}.attn.hook_pattern`;
      const record = Array.from({ length: nLayers }, (_, i) => [pre(i), pattern(i)]).flat();
      const results = await backbone.run(golden.tokens, { record: [...record, LOGITS] });
      for (let layer = 0; layer < nLayers; layer++) {
        expectNear(results.get(pre(layer))!, golden.tensor(`hf/hidden.${layer}`), pre(layer));
        expectNear(results.get(pattern(layer))!, golden.tensor(`hf/pattern.${layer}`), 'pattern');
      }
      expectNear(results.get(LOGITS)!, golden.tensor('hf/logits'), 'logits');
      const { mean } = await backbone.loss(golden.tokens);
      expect([mean]).toBeNear(golden.tensor('hf/mean_loss').data, LIMIT);
    },
  );
});

describe('processing', () => {
  it.each(['gpt2', 'neox', 'neox-sequential', 'gelu', 'solu', 'solu-rms', 'shortformer'])(
    'of %s takes the mean out of the logits and changes nothing else',
    async (name) => {
      const { tokens } = await languageGolden(name);
      const raw = await workshop.open(name, { processing: false });
      const processed = await workshop.open(name);
      const { dVocab, dModel, finalRms } = raw.config;
      const centred = ({ data }: Tensor, width: number): Float32Array =>
        data.map((value, i) => {
          const start = i - (i % width);
          return value - data.subarray(start, start + width).reduce((a, b) => a + b, 0) / width;
        });
      const before = await raw.logits(tokens);
      const after = await processed.logits(tokens);
      expect(after.data).toBeNear(centred(before, dVocab), LIMIT);

      const same = ['attn.hook_pattern', ...(raw.config.dMlp > 0 ? ['mlp.hook_pre'] : [])];
      const stream = 'blocks.0.hook_resid_post';
      const record = [...same.map((point) => `blocks.0.${point}`), stream];
      const one = await raw.run(tokens, { record });
      const other = await processed.run(tokens, { record });
      for (const point of record.slice(0, -1))
        expect(other.get(point)!.data, point).toBeNear(one.get(point)!.data, LIMIT);
      const residual = one.get(stream)!;
      const expected = finalRms ? residual.data : centred(residual, dModel);
      expect(other.get(stream)!.data).toBeNear(expected, LIMIT);
      expect((await processed.loss(tokens)).mean).toBeCloseTo((await raw.loss(tokens)).mean, 5);
    },
  );

  it('by single steps does only those', async () => {
    const { tokens } = await languageGolden('gpt2');
    const raw = await workshop.open('gpt2', { processing: false });
    const none = { foldLayerNorm: false, centerWritingWeights: false, centerUnembed: false };
    const folded = await workshop.open('gpt2', { processing: { ...none, foldValueBiases: true } });
    expect((await folded.matrices.b_V(1, 2)).data.every((value) => value === 0)).toBe(true);
    expect((await raw.matrices.b_V(1, 2)).data.every((value) => value !== 0)).toBe(true);
    expect((await folded.matrices.W_E()).data).toEqual((await raw.matrices.W_E()).data);
    expect(folded.config.normalization).toBe('LN');
    expect((await folded.logits(tokens)).data).toBeNear((await raw.logits(tokens)).data, LIMIT);
  });
});
