import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { languageWorkshop } from '../../../test/helpers/language.ts';
import { type ListedIndex, readIndexOf } from '../../../test/helpers/page-index.ts';
import { textData, textRecording, writeTexts } from '../../../test/helpers/text-activations.ts';
import type { DataLoadInput } from '../../activations/config.ts';
import { record } from '../../activations/job.ts';
import { openSource } from '../../activations/source.ts';
import { featureDeembeddings } from '../../analysis/deembeddings.ts';
import type { Extremes } from '../../analysis/extremes.ts';
import { headNorms } from '../../analysis/heads.ts';
import { featureLogits } from '../../analysis/logits.ts';
import { encoderVector } from '../../analysis/projections.ts';
import { featurePullbacks } from '../../analysis/pullbacks.ts';
import { featureScores, firingFrequency } from '../../analysis/scores.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { TextChunk, TextFeature, TextPageIndex, Weighted } from '../../pages/feature-page.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { VisualsConfig, type VisualsConfigInput } from '../config.ts';
import { withDataOfRun } from '../data-of-run.ts';
import { visualize } from '../visualize.ts';

const POINT = 'blocks.1.ln2.hook_normalized';
const [D_MODEL, D_SAE, ROWS] = [16, 24, 4];
let base: string;
let texts: string;
const workshop = await languageWorkshop();

/** A random transcoder of a block; feature 5 never fires. */
function transcoder(layer: number, change: { dIn?: number; bias?: number } = {}): SparseCoder {
  const random = new Random(layer, 'coder');
  const { dIn = D_MODEL, bias = -1 } = change;
  const numbers = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => random.normal());
  return {
    config: {
      dIn,
      dOut: dIn,
      dSae: D_SAE,
      activation: { kind: 'relu' },
      subtractDecoderBias: false,
      place: {
        model: 'tiny',
        input: `blocks.${layer}.ln2.hook_normalized`,
        output: `blocks.${layer}.hook_mlp_out`,
        layer,
      },
      metadata: {},
    },
    weights: {
      wEnc: numbers(D_SAE * dIn),
      bEnc: Float32Array.from({ length: D_SAE }, (_, i) => (i === 5 ? -1e3 : bias)),
      wDec: numbers(D_SAE * dIn),
      bDec: new Float32Array(dIn),
    },
  };
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-text-visuals-'));
  texts = await writeTexts(base, 80);
  for (const layer of [0, 1]) await writeCheckpoint(transcoder(layer), join(base, `tc${layer}`));
});
afterAll(async () => {
  await workshop.close();
  await rm(base, { recursive: true });
});

const dataOf = (change: Parameters<typeof textData>[1] = {}): DataLoadInput =>
  textData(texts, { layer: POINT, ...change });
function configOf(name: string, change: VisualsConfigInput = {}): VisualsConfig {
  return VisualsConfig.parse({
    ckpt: join(base, 'tc1'),
    data: dataOf(),
    transcoders: [join(base, 'tc0')],
    dumpTo: join(base, name),
    topK: 6,
    tableRows: ROWS,
    topHeads: 2,
    nDistributions: 2,
    neuronpedia: true,
    threads: 1,
    ...change,
  });
}

/** The data of a page. */
async function pageData(folder: string): Promise<{
  index: ListedIndex<TextPageIndex>;
  chunks: TextChunk[];
  features: [TextFeature, TextChunk][];
}> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const island = (id: string): unknown =>
    JSON.parse(
      new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(html)![1]!,
    );
  const index = await readIndexOf<TextPageIndex>(join(folder, 'index.html'));
  const n = Math.ceil(index.features.latent.length / index.chunkSize);
  const chunks = Array.from({ length: n }, (_, i) => island(`saev-chunk-${i}`) as TextChunk);
  const features = chunks.flatMap((chunk) =>
    chunk.features.map((feature): [TextFeature, TextChunk] => [feature, chunk]),
  );
  return { index, chunks, features };
}

/** The page has five digits. */
const CLOSE = { relative: 6e-5, absolute: 1e-6 };

/** Check a table of the page against both ends of a vector; `nameOf` says what an index stands for. */
function expectTable(
  table: { top: readonly Weighted[]; bottom: readonly Weighted[] },
  expected: Extremes,
  nameOf: { page: (i: number) => unknown; whole: (i: number) => unknown },
): void {
  for (const end of ['top', 'bottom'] as const) {
    expect(table[end].map(([i]) => nameOf.page(i))).toEqual(
      expected[end].map(({ index }) => nameOf.whole(index)),
    );
    expect(table[end].map(([, weight]) => weight)).toBeClose(
      expected[end].map(({ value }) => value),
      CLOSE,
    );
  }
}

describe('visuals of texts', () => {
  let folder: string;
  let model: LanguageBackbone;
  let contexts: Int32Array[];
  let strings: (ids: ArrayLike<number>) => string[];
  const coder = transcoder(1);
  beforeAll(async () => {
    ({ folder } = await visualize(configOf('all')));
    model = await workshop.open('gpt2', { processing: false });
    const { source, language } = await openSource(VisualsConfig.parse({ data: dataOf() }).data);
    contexts = [];
    for (let i = 0; i < source.nExamples; i++) contexts.push(await source.contexts!.tokens(i));
    strings = language!.tokenizer.tokenStrings;
    await source.close();
  });

  test('tell on which tokens each feature fires, as a run of the model says', async () => {
    const { index, features } = await pageData(folder);
    expect(index.modality).toBe('text');
    expect(index.features.latent).toHaveLength(D_SAE - 1);
    expect(index.features.latent).not.toContain(5);
    const running = await openCoder(coder, { threads: 1 });
    const site = { backbone: model, coder: running, point: POINT };
    const scores = await featureScores(site, contexts, index.features.latent);
    await running.close();
    const length = contexts[0]!.length;
    let shown = 0;
    index.features.latent.forEach((_, at) => {
      const [feature, chunk] = features[at]!;
      const { values } = scores[at]!;
      expect([10 ** index.features.logFrequency[at]!]).toBeClose([firingFrequency(scores[at]!)], {
        relative: 1e-3,
      });
      expect([feature.upper]).toBeClose([Math.max(...values)], CLOSE);
      for (const group of feature.groups) {
        for (const example of group.examples) {
          const row = values.subarray(example.text * length, (example.text + 1) * length);
          const fired = [...row.keys()].filter((p) => row[p]! > 0);
          expect(example.positions).toEqual(fired);
          expect(example.values).toBeClose(
            fired.map((p) => row[p]!),
            CLOSE,
          );
          const ids = new Uint16Array(
            Uint8Array.from(Buffer.from(chunk.texts[example.text]!, 'base64')).buffer,
          );
          expect([...ids].map((i) => chunk.vocabulary[i])).toEqual(
            strings(contexts[example.text]!),
          );
          if (group.band !== undefined) {
            expect(row[example.at]!).toBeGreaterThan(group.band.low * (1 - 1e-4));
            expect(row[example.at]!).toBeLessThanOrEqual(group.band.high * (1 + 1e-4));
          }
          shown++;
        }
      }
    });
    expect(shown).toBeGreaterThan(100);
  });

  test('show the logits, embeddings, heads and pullbacks of the library', async () => {
    const { index, features } = await pageData(folder);
    const latents = index.features.latent;
    const options = { features: latents, k: ROWS };
    const tokens = (chunk: TextChunk) => ({
      page: (i: number) => chunk.vocabulary[i],
      whole: (id: number) => strings([id])[0],
    });
    const { matrices, config } = model;
    let at = 0;
    for await (const found of featureLogits(coder, matrices, options)) {
      const [{ logits }, chunk] = features[at++]!;
      expectTable(logits!, found, tokens(chunk));
      expect(logits!.heights).toEqual(found.histogram.heights);
    }
    at = 0;
    for await (const found of featureDeembeddings(coder, matrices, options)) {
      const [{ embeddings }, chunk] = features[at++]!;
      expectTable(embeddings!, found, tokens(chunk));
    }
    at = 0;
    for await (const found of featurePullbacks(coder, transcoder(0), options)) {
      const same = { page: (i: number) => i, whole: (i: number) => i };
      expectTable(features[at++]![0].pullbacks[0]!, found, same);
    }
    expect(index.texts).toMatchObject({ nHeads: 4, nHeadLayers: 2, earlier: [{ layer: 0 }] });
    for (const place of [0, 7, 20]) {
      const [{ heads }, chunk] = features[place]!;
      const feature = latents[place]!;
      const norms = await headNorms(matrices, config, encoderVector(coder, feature));
      expect(heads!.norms).toBeClose(norms, CLOSE);
      const [first, second] = heads!.strongest;
      expect(norms[first!.layer * 4 + first!.head]).toBe(Math.max(...norms));
      for (const { layer, head, ...table } of [first!, second!]) {
        const through = { features: [feature], k: ROWS, head: { layer, head } };
        for await (const found of featureDeembeddings(coder, matrices, through)) {
          expectTable(table, found, tokens(chunk));
        }
      }
    }
  });

  test("write Neuronpedia's files and a record for each feature of the page", async () => {
    const { index } = await pageData(folder);
    const records = await readdir(join(folder, 'dashboards'));
    expect(records.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b)).toEqual(
      [...index.features.latent].sort((a, b) => a - b),
    );
    const record = JSON.parse(await readFile(join(folder, 'dashboards', '3.json'), 'utf8'));
    expect(record).toMatchObject({ index: 3, transcoder_id: 'gpt2-1-transcoder' });
    expect(record.top_logits).toHaveLength(ROWS);
    const batch = JSON.parse(await readFile(join(folder, 'neuronpedia', 'batch-0.json'), 'utf8'));
    expect(batch).toMatchObject({ model_id: 'gpt2', layer: 1, sae_set: 'transcoder' });
    expect(batch.features).toHaveLength(D_SAE - 1);
    const correlated = batch.features.map(
      (each: { correlated_features_indices: number[] }) => each.correlated_features_indices.length,
    );
    expect(new Set(correlated)).toEqual(new Set([3]));
    const target = join(folder, 'neuronpedia', 'export', 'gpt2', '1-transcoder');
    expect(await readdir(target)).toContain('source.jsonl');
    expect(await readdir(folder)).not.toContain('neurons');
  });

  test('are the same of recorded texts, and are found once', async () => {
    await record(textRecording(texts, join(base, 'shards'), { vitLayers: [POINT] }));
    const data = { shardRoot: join(base, 'shards'), layer: POINT };
    const config = configOf('recorded', { data });
    const recorded = await visualize(config);
    const live = await pageData(folder);
    const again = await pageData(recorded.folder);
    expect(again.index.features).toEqual(live.index.features);
    expect(again.chunks).toEqual(live.chunks);
    expect(await visualize(config)).toMatchObject({ isCached: true, modality: 'text' });
    expect(await visualize({ ...config, bands: 3 })).toMatchObject({ isCached: false });
  });

  test('cannot do without the texts they were found on', async () => {
    const own = await writeTexts(join(base, 'own'), 40);
    const data = textData(own, { layer: POINT });
    await visualize(configOf('own', { data }));
    const changed = (await readFile(join(own, 'a.txt'), 'utf8')).replaceAll('thin', 'then');
    await writeFile(join(own, 'a.txt'), changed);
    expect(await visualize(configOf('own', { data }))).toMatchObject({ isCached: false });
  });

  test('of a run are those of the data that it was trained on', async () => {
    const run = join(base, 'run');
    await writeCheckpoint(coder, join(run, 'checkpoint'));
    await writeFile(join(run, 'run.json'), '{}');
    const data = VisualsConfig.parse({ data: dataOf({ target: 'blocks.1.hook_mlp_out' }) }).data;
    await writeFile(join(run, 'config.json'), JSON.stringify({ data, sae: {} }));
    const bare = VisualsConfig.parse({ ckpt: run, dumpTo: join(base, 'of-run'), topK: 6 });
    const config = await withDataOfRun(bare, { keepImages: false });
    expect(config.data).toEqual(data);
    const { page } = await visualize({ ...config, transcoders: [join(base, 'tc0')] });
    expect(page.features).toBe(D_SAE - 1);
    await writeFile(join(run, 'config.json'), '{"data": {"layer": []}}');
    await expect(withDataOfRun(bare, { keepImages: false })).rejects.toThrow(
      /^invalid configuration of the run/,
    );
  });

  test('of a coder that never fires are an empty page', async () => {
    await writeCheckpoint(transcoder(1, { bias: -1e6 }), join(base, 'silent'));
    const done = await visualize(configOf('silent-out', { ckpt: join(base, 'silent') }));
    expect(done).toMatchObject({ nDead: D_SAE, page: { features: 0, examples: 0 } });
    expect((await pageData(done.folder)).index.nDead).toBe(D_SAE);
    const shown = await visualize(
      configOf('silent-out', { ckpt: join(base, 'silent'), includeLatents: [2] }),
    );
    const { features } = await pageData(shown.folder);
    expect(features[0]![0].groups).toEqual([]);
    expect(features[0]![0].logits!.top).toHaveLength(ROWS);
  });

  test('of a coder that writes elsewhere have no tables of tokens', async () => {
    const mlp = transcoder(1, { dIn: 64 });
    const place = { input: 'blocks.1.mlp.hook_post', output: 'blocks.1.mlp.hook_post' };
    const elsewhere = { ...mlp, config: { ...mlp.config, place } };
    await writeCheckpoint(elsewhere, join(base, 'mlp'));
    const done = await visualize(
      configOf('mlp-out', {
        ckpt: join(base, 'mlp'),
        transcoders: [],
        data: dataOf({ layer: 'blocks.1.mlp.hook_post' }),
      }),
    );
    const { features } = await pageData(done.folder);
    expect(features.length).toBeGreaterThan(0);
    for (const [{ logits, embeddings, heads, groups }] of features) {
      expect([logits, embeddings, heads]).toEqual([undefined, undefined, undefined]);
      expect(groups.length).toBeGreaterThan(0);
    }
  });

  test.each<[string, () => VisualsConfigInput, RegExp]>([
    [
      'another hook point',
      () => ({ data: dataOf({ layer: 'blocks.0.ln2.hook_normalized' }) }),
      /^invalid data.layer: the rows are of 'blocks.0.ln2.hook_normalized', '.*tc1' reads 'blocks.1.ln2.hook_normalized'$/,
    ],
    [
      'rows that are no tokens',
      () => ({ data: dataOf({ patches: 'meanpool' }), sortBy: 'cls' }),
      /^unsupported data.patches 'meanpool'/,
    ],
    [
      'a tokenizer of another model',
      () => ({ data: dataOf({ language: { tokenizer: 'world-gpt2' } }) }),
      /^tokenizer 'world-gpt2' does not match model/,
    ],
    [
      'a transcoder that is not earlier',
      () => ({ transcoders: [join(base, 'tc1')] }),
      /^invalid earlier transcoder '.*tc1': it writes to 'blocks.1.hook_mlp_out'$/,
    ],
    [
      'a transcoder of another width',
      () => ({ transcoders: [join(base, 'wide0')] }),
      /^invalid earlier transcoder '.*wide0': it writes 8 numbers, the model has 16$/,
    ],
    [
      'an address with a scheme',
      () => ({ dashboards: 'javascript:alert(1)' }),
      /relative to the page/,
    ],
    ['a name that leads elsewhere', () => ({ saeSet: '../up' }), /letters, digits/],
  ])('refuse %s, and write nothing', async (_, change, message) => {
    await writeCheckpoint(transcoder(0, { dIn: 8 }), join(base, 'wide0'));
    const making = (async () => visualize(configOf('wrong', change())))();
    await expect(making).rejects.toThrow(message);
    expect(await readdir(base)).not.toContain('wrong');
  });

  test('refuse a coder of another width', async () => {
    const wide = transcoder(1, { dIn: 8 });
    await writeCheckpoint(wide, join(base, 'wide1'));
    const error = await visualize(configOf('width', { ckpt: join(base, 'wide1') })).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('they are 16 wide, the autoencoder takes 8');
  });

  test('leave what stood there when they are interrupted', async () => {
    const config = configOf('stopped');
    const { page } = await visualize(config);
    const before = await readFile(page.path, 'utf8');
    await mkdir(join(base, 'stopped'), { recursive: true });
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(visualize({ ...config, topK: 2 }, { signal })).rejects.toThrow('stopped');
    expect(await readFile(page.path, 'utf8')).toBe(before);
    const left = await readdir(join(base, 'stopped', 'sort_by_patch'));
    expect(left.filter((name) => /tmp|lock|^\./.test(name))).toEqual([]);
  });
});
