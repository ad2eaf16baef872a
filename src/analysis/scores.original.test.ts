// Scores of texts and samples of them, against transcoder-circuits' own (fixtures/visuals/make_language.py).
import { afterAll, describe, expect, test } from 'vitest';
import { languageWorkshop } from '../../test/helpers/language.ts';
import {
  featureCoder,
  featureGolden,
  GOLDEN_FEATURES,
  GOLDEN_K,
  tableColumns,
} from '../../test/helpers/language-features.ts';
import { float16ToFloat32 } from '../formats/half.ts';
import { hookPointsOf } from '../sae/hook-points.ts';
import { openCoder } from '../sae/open-coder.ts';
import { extremes } from './extremes.ts';
import { encoderVector } from './projections.ts';
import { pullback } from './pullbacks.ts';
import {
  type ScoreSample,
  samplePercentiles,
  sampleUniform,
  uniformBands,
} from './score-samples.ts';
import {
  decoderProbe,
  denseRow,
  encoderProbe,
  type FeatureSite,
  featureScores,
  firingFrequency,
  probeScores,
  promptCodes,
} from './scores.ts';

const golden = await featureGolden();
const workshop = await languageWorkshop();
const backbone = await workshop.open('gpt2', { processing: true });
const sites = {
  transcoder0: await siteOf('transcoder0'),
  transcoder1: await siteOf('transcoder1'),
  sae1: await siteOf('sae1'),
};
afterAll(async () => {
  await Promise.all(Object.values(sites).map(({ coder }) => coder.close()));
  await workshop.close();
});
const CLOSE = { relative: 1e-5, absolute: 1e-5 };
const tokens = rows('tokens');

describe.each(['transcoder1', 'sae1'] as const)('%s', (name) => {
  test('features score as in the original, before and after rounding', async () => {
    const exact = await featureScores(sites[name], tokens, GOLDEN_FEATURES, { batchSize: 3 });
    const halves = await featureScores(sites[name], tokens, GOLDEN_FEATURES, { compatible: true });
    GOLDEN_FEATURES.forEach((feature, i) => {
      const rounded = halfFloats(`${name}.${feature}.scores`);
      expect(exact[i]!.values).toBeClose(golden(`${name}.${feature}.scores32`).data, CLOSE);
      expect(halves[i]!.values).toBeClose(rounded, { relative: 2 ** -10, absolute: 1e-5 });
      expect(firingFrequency(exact[i]!)).toBe(rounded.filter((v) => v > 0).length / 120);
    });
  });

  test('pre-activations score as in the original', async () => {
    for (const feature of GOLDEN_FEATURES) {
      const { coder } = sites[name];
      const scores = await probeScores(sites[name], tokens, encoderProbe(coder, feature));
      expect(scores.values).toBeClose(golden(`${name}.${feature}.raw32`).data, CLOSE);
    }
  });
});

test('projections onto what an autoencoder writes are those of the original', async () => {
  for (const feature of GOLDEN_FEATURES) {
    const scores = await probeScores(sites.sae1, tokens, decoderProbe(sites.sae1.coder, feature));
    expect(scores.values).toBeClose(golden(`sae1.${feature}.decoder32`).data, CLOSE);
  }
});

test('the original does not ignore the end of text when told to: it compares ids with a string', () => {
  const { data } = golden('transcoder1.0.ignore_eos');
  expect(Array.from(data)).toEqual(Array.from(golden('transcoder1.0.scores').data));
});

test('ignored tokens score −∞, and nothing else changes', async () => {
  const ignored = tokens[0]![0]!;
  const [plain] = await featureScores(sites.transcoder1, tokens, [0]);
  const [masked] = await featureScores(sites.transcoder1, tokens, [0], { ignoreTokens: [ignored] });
  const expected = tokens
    .flat()
    .map((token, at) => (token === ignored ? -Infinity : plain!.values[at]));
  expect([...masked!.values]).toEqual(expected);
});

test('connections on a prompt are those of the original', async () => {
  const codes = denseRow(await promptCodes(sites.transcoder0, [tokens[3]!]), 5);
  for (const feature of GOLDEN_FEATURES) {
    const vector = encoderVector(sites.transcoder1.coder, feature);
    const values = await pullback(sites.transcoder0.coder, vector, { codes });
    const name = `pullback.${feature}.prompt`;
    expect(values).toBeClose(golden(`${name}.vector`).data, CLOSE);
    // Features that do not fire are zeros, in an order of their own.
    const ours = tableColumns(extremes(values, GOLDEN_K));
    expect(ours.top).toBeClose(golden(`${name}.top`).data, CLOSE);
    expect(ours.bottom).toBeClose(golden(`${name}.bottom`).data, CLOSE);
  }
});

describe.each([
  ['samples.0', 'transcoder1.0.scores'],
  ['samples.19', 'transcoder1.19.scores'],
  ['samples.raw', 'transcoder1.7.raw'],
])('samples of %s', (name, table) => {
  const scores = halfFloats(table);

  test.each([
    [9, true, false],
    [50, true, false],
    [9, false, true],
  ])(
    '%i values at equal distances, unique %s, from minus the largest %s',
    (n, unique, fromMinusMax) => {
      const samples = sampleUniform(scores, n, { unique, fromMinusMax, compatible: true });
      expectSamples(samples, `${name}.uniform_${n}_${Number(unique)}_${Number(fromMinusMax)}`);
    },
  );

  test('values at percentiles', () => {
    expectSamples(samplePercentiles(scores, 7), `${name}.percentiles`);
  });

  test('bands, one of them above the largest value', () => {
    const samples = sampleUniform(scores, 50, { compatible: true });
    const bands = uniformBands(scores, samples, { bands: 5, bandSize: 10, compatible: true });
    const prefix = `${name}.bands_0`;
    expect(bands.length).toBe(6);
    const edges = bands.flatMap(({ low, high }) => [low, high]);
    expect(edges).toEqual(Array.from(golden(`${prefix}.edges`).data));
    expect(bands.map(({ count }) => count)).toEqual(Array.from(golden(`${prefix}.counts`).data));
    expect(bands.map(({ share }) => share)).toBeClose(golden(`${name}.bands_1.counts`).data);
    const lengths = bands.map(({ examples }) => examples.length);
    expect(lengths).toEqual(Array.from(golden(`${prefix}.lengths`).data));
    const places = bands.flatMap(({ examples }) => examples.flatMap(({ at }) => placeOf(at)));
    expect(places).toEqual(Array.from(golden(`${prefix}.at`).data));
  });
});

function expectSamples(samples: readonly ScoreSample[], name: string): void {
  expect(samples.map(({ value }) => value)).toEqual(Array.from(golden(`${name}.values`).data));
  expect(samples.flatMap(({ at }) => placeOf(at))).toEqual(Array.from(golden(`${name}.at`).data));
}

/** Text and position of an index into a table of scores. */
function placeOf(at: number): [number, number] {
  return [Math.floor(at / 12), at % 12];
}

function rows(name: string): number[][] {
  const { data, shape } = golden(name);
  const all = Array.from(data);
  return Array.from({ length: shape[0]! }, (_, r) => all.slice(r * shape[1]!, (r + 1) * shape[1]!));
}

/** Half-precision numbers whose bits stand as integers. */
function halfFloats(name: string): Float32Array {
  const bits = golden(name).data as Int16Array;
  return float16ToFloat32(new Uint16Array(bits.buffer, bits.byteOffset, bits.length));
}

async function siteOf(name: string): Promise<FeatureSite> {
  const coder = await openCoder(await featureCoder(name), { threads: 1 });
  return { backbone, coder, point: hookPointsOf(coder).input };
}
