// Against the numbers of transcoder-circuits' own functions (fixtures/visuals/make_language.py).
import { afterAll, describe, expect, test } from 'vitest';
import { languageWorkshop } from '../../test/helpers/language.ts';
import {
  featureCoder,
  featureGolden,
  GOLDEN_FEATURES,
  GOLDEN_K,
  tableColumns,
} from '../../test/helpers/language-features.ts';
import { deembed, featureDeembeddings } from './deembeddings.ts';
import type { Extremes } from './extremes.ts';
import { headNorms } from './heads.ts';
import { featureLogits } from './logits.ts';
import { encoderVector } from './projections.ts';
import { featurePullbacks, pullback } from './pullbacks.ts';

const golden = await featureGolden();
const workshop = await languageWorkshop();
const model = await workshop.open('gpt2', { processing: true });
afterAll(() => workshop.close());
const CLOSE = { relative: 1e-5, absolute: 1e-5 };
const k = GOLDEN_K;
const features = GOLDEN_FEATURES;

function expectTable(actual: Extremes, name: string): void {
  const columns = tableColumns(actual);
  expect(columns.top_at).toEqual([...Array.from(golden(`${name}.top_at`).data)]);
  expect(columns.bottom_at).toEqual([...Array.from(golden(`${name}.bottom_at`).data)]);
  expect(columns.top).toBeClose(golden(`${name}.top`).data, CLOSE);
  expect(columns.bottom).toBeClose(golden(`${name}.bottom`).data, CLOSE);
}

describe.each(['transcoder1', 'sae1'])('features of %s', (name) => {
  test('add to the logits as in the original', async () => {
    const coder = await featureCoder(name);
    let seen = 0;
    for await (const logits of featureLogits(coder, model.matrices, { features, k })) {
      expectTable(logits, `${name}.${logits.feature}.logits`);
      seen++;
    }
    expect(seen).toBe(features.length);
  });

  test.each([
    ['direct', undefined],
    ['head', { layer: 1, head: 2 }],
  ])('read the tokens that the original tells, %s', async (kind, head) => {
    const coder = await featureCoder(name);
    const options = { features, k, head, blockSize: 2 };
    let seen = 0;
    for await (const found of featureDeembeddings(coder, model.matrices, options)) {
      const prefix = `${name}.${found.feature}.${kind}`;
      expectTable(found, prefix);
      expect(found.values).toBeClose(golden(`${prefix}.vector`).data, CLOSE);
      seen++;
    }
    expect(seen).toBe(features.length);
  });

  test('have the norms of the original through every head', async () => {
    const coder = await featureCoder(name);
    for (const feature of features) {
      const vector = encoderVector(coder, feature);
      const all = await headNorms(model.matrices, model.config, vector);
      expect(all).toBeClose(golden(`${name}.${feature}.ov_norms`).data, CLOSE);
      const first = await headNorms(model.matrices, model.config, vector, { layers: 1 });
      expect(first).toBeClose(golden(`${name}.${feature}.ov_norms_0`).data, CLOSE);
    }
  });
});

test('a direction is carried back to the tokens as in the original', async () => {
  const coder = await featureCoder('transcoder1');
  for (const feature of features) {
    const values = await deembed(model.matrices, encoderVector(coder, feature));
    expect(values).toBeClose(golden(`vector.${feature}.deembedding.vector`).data, CLOSE);
  }
});

test('a direction is pulled back through an earlier transcoder as in the original', async () => {
  const [earlier, later] = [await featureCoder('transcoder0'), await featureCoder('transcoder1')];
  for await (const found of featurePullbacks(later, earlier, { features, k })) {
    expectTable(found, `pullback.${found.feature}.free`);
    const whole = golden(`pullback.${found.feature}.free.vector`).data;
    expect(found.values).toBeClose(whole, CLOSE);
    expect(await pullback(earlier, encoderVector(later, found.feature))).toBeClose(whole, CLOSE);
  }
});
