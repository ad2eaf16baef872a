import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { denseReluEncoder, memorySource } from '../../../test/helpers/memory-source.ts';
import { featureLogits } from '../../analysis/logits.ts';
import { Random } from '../../base/random.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { createCodeSample } from '../collecting/code-sample.ts';
import { collectFeatures } from '../collecting/collector.ts';
import { openFeatureFile, writeFeatureFile } from '../feature-file/feature-file.ts';
import { circuitRecord } from './circuit-record.ts';
import { type DashboardSource, type FeatureDashboard, featureDashboards } from './dashboard.ts';
import { writeNeuronpediaExport } from './neuronpedia-export.ts';
import { writeDashboardBatches } from './saedashboard-json.ts';

const [D_MODEL, D_SAE, TEXTS, LENGTH, VOCAB] = [4, 6, 30, 8, 11];
const random = new Random(5);
const normals = (n: number): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());
const acts = normals(TEXTS * LENGTH * D_MODEL);
// The last feature never fires.
const coder: SparseCoder = {
  config: {
    dIn: D_MODEL,
    dOut: D_MODEL,
    dSae: D_SAE,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    metadata: {},
  },
  weights: {
    wEnc: normals(D_SAE * D_MODEL),
    bEnc: Float32Array.from({ length: D_SAE }, (_, i) => (i === D_SAE - 1 ? -1e3 : 0)),
    wDec: normals(D_SAE * D_MODEL),
    bDec: new Float32Array(D_MODEL),
  },
};
const unembedding = { data: normals(D_MODEL * VOCAB), shape: [D_MODEL, VOCAB] };
const matrices = { W_U: async () => unembedding };
const folder = await mkdtemp(join(tmpdir(), 'saev-dashboards-'));
const codes = createCodeSample(D_SAE);
const collected = await collectFeatures(
  memorySource(acts, { nExamples: TEXTS, rowsPerExample: LENGTH, dModel: D_MODEL }),
  denseReluEncoder(coder),
  {
    rankBy: 'max',
    topK: 4,
    batchSize: 50,
    nDistributions: 0,
    bands: { bands: 5, perBand: 3, seed: 1 },
    observe: codes.observe,
  },
);
await writeFeatureFile(folder, collected, { percentile: 99, key: {} });
const features = await openFeatureFile(folder);
afterAll(async () => {
  await features.close();
  await rm(folder, { recursive: true });
});
const source: DashboardSource = {
  features,
  coder,
  codes,
  tokensOf: (example) => Array.from({ length: LENGTH }, (_, p) => (example + p) % VOCAB),
  tokenStrings: (ids) => Array.from(ids, (id) => `<${id}>`),
};
const context = {
  modelId: 'tiny',
  layer: 1,
  saeSet: 'tc',
  dataset: 'texts',
  nPrompts: TEXTS,
  nTokens: LENGTH,
};
const all = (buffer?: [number, number]): AsyncGenerator<FeatureDashboard> =>
  featureDashboards(source, featureLogits(coder, matrices, { k: 3 }), { buffer });

/** The code of a feature on a token, by the definition. */
function codeAt(feature: number, text: number, position: number): number {
  let sum = coder.weights.bEnc[feature]!;
  for (let i = 0; i < D_MODEL; i++) {
    sum +=
      acts[(text * LENGTH + position) * D_MODEL + i]! * coder.weights.wEnc[feature * D_MODEL + i]!;
  }
  return Math.max(0, sum);
}

const numbers = z.array(z.number());
const strings = z.array(z.string());
const Activation = z.strictObject({
  bin_min: z.number(),
  bin_max: z.number(),
  bin_contains: z.number(),
  tokens: strings,
  values: numbers,
  qualifying_token_index: z.int().nonnegative(),
  dfa_values: numbers,
  dfa_maxValue: z.number(),
  dfa_targetIndex: z.int(),
});
const Feature = z.strictObject({
  feature_index: z.int(),
  neuron_alignment_indices: numbers,
  neuron_alignment_values: numbers,
  neuron_alignment_l1: numbers,
  correlated_neurons_indices: numbers,
  correlated_neurons_l1: numbers,
  correlated_neurons_pearson: numbers,
  correlated_features_indices: numbers,
  correlated_features_l1: numbers,
  correlated_features_pearson: numbers,
  neg_str: strings,
  neg_values: numbers,
  pos_str: strings,
  pos_values: numbers,
  frac_nonzero: z.number(),
  freq_hist_data_bar_values: numbers,
  freq_hist_data_bar_heights: z.array(z.int()),
  logits_hist_data_bar_heights: z.array(z.int()),
  logits_hist_data_bar_values: numbers,
  n_prompts_total: z.int(),
  n_tokens_in_prompt: z.int(),
  dataset: z.string(),
  decoder_weights_dist: numbers,
  activations: z.array(Activation),
  vector: numbers,
});
const Batch = z.strictObject({
  model_id: z.string(),
  layer: z.int(),
  sae_set: z.string(),
  sae_id_suffix: z.string(),
  features: z.array(Feature),
});

describe('dashboards of text features', () => {
  test('show the values of the codes on the tokens of the texts', async () => {
    let shown = 0;
    for await (const { feature, groups, max } of all([2, 1])) {
      for (const group of groups) {
        for (const { example, first, tokens, values, at } of group.examples) {
          const ids = Array.from(await source.tokensOf(example));
          expect(tokens).toEqual(source.tokenStrings(ids).slice(first, first + values.length));
          const expected = values.map((_, i) => codeAt(feature, example, first + i));
          expect(values).toBeClose(expected, { relative: 1e-5, absolute: 1e-6 });
          const [low, high] = group.kind === 'top' ? [0, max] : [group.low, group.high];
          expect(values[at]! > low && values[at]! <= high).toBe(true);
          expect([at <= 2, values.length - at <= 2]).toEqual([true, true]);
          shown++;
        }
      }
    }
    expect(shown).toBeGreaterThan(60);
  });

  test('the first top example holds the largest value, and a dead feature has none', async () => {
    for await (const { feature, groups, frequency, max } of all()) {
      if (feature === D_SAE - 1) {
        expect([groups, frequency, max]).toEqual([[], 0, 0]);
      } else {
        expect(Math.max(...groups[0]!.examples[0]!.values)).toBe(max);
        const shares = groups.slice(1).map((group) => (group.kind === 'band' ? group.share : 0));
        expect(shares.reduce((a, b) => a + b)).toBeCloseTo(frequency, 6);
      }
    }
  });

  test('features that fire together are those of the largest Pearson correlation', async () => {
    const column = (feature: number): number[] =>
      Array.from({ length: TEXTS * LENGTH }, (_, r) =>
        codeAt(feature, Math.floor(r / LENGTH), r % LENGTH),
      );
    const pearson = (a: number[], b: number[]): number => {
      const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
      const [ma, mb] = [mean(a), mean(b)];
      const dot = (x: number[], mx: number, y: number[], my: number): number =>
        x.reduce((s, v, i) => s + (v - mx) * (y[i]! - my), 0);
      return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
    };
    const expected = [1, 2, 3, 4]
      .map((other) => pearson(column(0), column(other)))
      .sort((a, b) => b - a);
    const found = codes.correlated(0, 10);
    expect(found.map((each) => each.pearson)).toBeClose(expected, { absolute: 1e-6 });
    expect(codes.correlated(D_SAE - 1, 3)).toEqual([]);
  });

  test('batches are in the schema of SAEDashboard, rounded to 5 decimals', async () => {
    const paths = await writeDashboardBatches(join(folder, 'json'), all(), context, {
      batchSize: 4,
    });
    expect(paths.map((path) => path.slice(-12))).toEqual(['batch-0.json', 'batch-1.json']);
    const batches = await Promise.all(
      paths.map(async (path) => Batch.parse(JSON.parse(await readFile(path, 'utf8')))),
    );
    const written = batches.flatMap((batch) => batch.features);
    expect(written.map(({ feature_index }) => feature_index)).toEqual([0, 1, 2, 3, 4, 5]);
    const first = written[0]!;
    expect(first.freq_hist_data_bar_heights.reduce((a, b) => a + b)).toBe(collected.count[0]);
    expect(first.logits_hist_data_bar_heights.reduce((a, b) => a + b)).toBe(VOCAB);
    expect(first.activations.filter(({ bin_contains }) => bin_contains === -1)).toHaveLength(4);
    for (const value of first.vector) expect(Math.round(value * 1e5) / 1e5).toBe(value);
  });

  test('an export has the records of the source, its features and their examples', async () => {
    const made = { hookName: 'blocks.1.ln2.hook_normalized', creatorId: 'me', releaseName: 'r' };
    const target = await writeNeuronpediaExport(join(folder, 'out'), all(), {
      ...context,
      ...made,
    });
    expect(target).toBe(join(folder, 'out', 'tiny', '1-tc'));
    expect((await readdir(target)).sort()).toEqual([
      'activations',
      'features',
      'model.jsonl',
      'release.jsonl',
      'source.jsonl',
      'sourceset.jsonl',
    ]);
    const lines = async (part: string): Promise<Record<string, unknown>[]> =>
      gunzipSync(await readFile(join(target, part, 'batch-0.jsonl.gz')))
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    const records = await lines('features');
    expect(records.map(({ index, layer }) => [index, layer])).toEqual(
      Array.from({ length: D_SAE }, (_, i) => [String(i), '1-tc']),
    );
    for (const { values, maxValue, maxValueTokenIndex } of await lines('activations')) {
      expect((values as number[])[maxValueTokenIndex as number]).toBe(maxValue);
    }
  });

  test('names that lead out of the folder are refused', async () => {
    const hostile = { ...context, modelId: '../..', hookName: '', creatorId: '', releaseName: '' };
    await expect(writeNeuronpediaExport(folder, all(), hostile)).rejects.toThrow(/^invalid/);
  });

  test('records for circuits hold the examples by group and the edges of the bands', async () => {
    for await (const dashboard of all()) {
      const record = circuitRecord(dashboard, 'tiny-1');
      expect(record.index).toBe(dashboard.feature);
      expect(record.examples_quantiles).toHaveLength(dashboard.groups.length);
      expect(record.quantile_values).toHaveLength(dashboard.groups.length === 0 ? 0 : 6);
      expect(record.act_max).toBeCloseTo(dashboard.max, 4);
      const examples = record.examples_quantiles.flatMap((quantile) => quantile.examples);
      const fresh = examples.filter((each) => !each.is_repeated_datapoint);
      const places = new Set(
        dashboard.groups.flatMap((group) => group.examples.map((e) => `${e.example}/${e.at}`)),
      );
      expect(fresh).toHaveLength(places.size);
    }
  });

  test('other texts than the features were found on are refused', async () => {
    const short = { ...source, tokensOf: () => [1] };
    const dashboards = featureDashboards(short, featureLogits(coder, matrices));
    await expect(dashboards.next()).rejects.toThrow(/^invalid texts/);
    const wide = { ...coder, config: { ...coder.config, dSae: 7 } };
    const other = featureDashboards({ ...source, coder: wide }, []);
    await expect(other.next()).rejects.toThrow(/^invalid feature file: 6 features, not 7/);
  });
});
