import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestHub } from '../../test/helpers/hub-repos.ts';
import { type ActivationMetadata, metadataText } from '../activations/shards/metadata.ts';
import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { encodePng } from '../data/images/encode.ts';
import { drawScene } from '../data/worlds/images/draw.ts';
import { sampleScene } from '../data/worlds/images/scene.ts';
import { readNpy } from '../formats/numpy/npy.ts';
import { openTorchFile } from '../formats/torch/torch-file.ts';
import { readTorchTensor } from '../formats/torch/torch-tensor.ts';
import { readCoder } from '../sae/checkpoints/read-coder.ts';
import { writeCheckpoint } from '../sae/checkpoints/registry.ts';
import { VisualsConfig, type VisualsConfigInput } from './config.ts';
import { type FeatureFile, openFeatureFile } from './feature-file/feature-file.ts';
import { imageModality } from './images/image-examples.ts';
import { visualize } from './visualize.ts';

const N_IMAGES = 10;
const N_PATCHES = 16;
const D_MODEL = 6;
const D_SAE = 24;
let base: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-visuals-run-'));
  const metadata: ActivationMetadata = {
    protocol: 'saev',
    family: 'world',
    checkpoint: 'drawn',
    layers: [-2],
    nPatches: N_PATCHES,
    hasCls: true,
    dModel: D_MODEL,
    seed: 0,
    nExamples: N_IMAGES,
    maxTokensPerShard: N_IMAGES * (N_PATCHES + 1),
    data: 'drawn',
  };
  await mkdir(join(base, 'shards'));
  await writeFile(join(base, 'shards', 'metadata.json'), metadataText(metadata));
  const random = new Random(1);
  const numbers = (length: number, scale = 1): Float32Array =>
    Float32Array.from({ length }, () => scale * random.normal());
  const acts = numbers(N_IMAGES * (N_PATCHES + 1) * D_MODEL);
  await writeFile(join(base, 'shards', 'acts000000.bin'), new Uint8Array(acts.buffer));
  for (let i = 0; i < N_IMAGES; i++) {
    const folder = join(base, 'images', i < 5 ? 'first' : 'second');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${i}.png`), await encodePng(drawScene(sampleScene(1, i))));
  }
  const bEnc = Float32Array.from({ length: D_SAE }, (_, i) => (i === 7 ? -100 : -1 - i / 20));
  await writeCheckpoint(
    {
      config: {
        dIn: D_MODEL,
        dOut: D_MODEL,
        dSae: D_SAE,
        activation: { kind: 'relu' },
        subtractDecoderBias: true,
        metadata: {},
      },
      weights: {
        wEnc: numbers(D_SAE * D_MODEL),
        bEnc,
        wDec: numbers(D_SAE * D_MODEL),
        bDec: numbers(D_MODEL, 0.1),
      },
    },
    join(base, 'sae'),
  );
});
afterAll(() => rm(base, { recursive: true }));

function configOf(name: string, change: VisualsConfigInput = {}): VisualsConfig {
  return VisualsConfig.parse({
    ckpt: join(base, 'sae'),
    data: { shardRoot: join(base, 'shards'), scaleMean: false, scaleNorm: false, ...change.data },
    images: { type: 'image-folder', root: join(base, 'images') },
    dumpTo: join(base, name),
    topK: 3,
    nLatents: 4,
    nDistributions: 4,
    logFreqRange: [-6, 0],
    threads: 1,
    ...Object.fromEntries(Object.entries(change).filter(([key]) => key !== 'data')),
  });
}

describe('making visuals', () => {
  test('writes tensors, figures, pictures and the page', async () => {
    const config = configOf('all', {
      formats: ['safetensors', 'npy', 'pt'],
      includeLatents: [7],
      nPictures: 3,
    });
    const summary = await visualize(config);
    expect(summary).toMatchObject({ dSae: D_SAE, nExamples: N_IMAGES, isCached: false });
    expect(summary.latents[0]).toBe(7);
    expect(summary.latents).toHaveLength(5);
    const folder = join(base, 'all', 'sort_by_patch');
    expect(summary.folder).toBe(folder);

    const features = await openFeatureFile(folder);
    const top = await readNpy(join(folder, 'top_values.npy'));
    expect(top.shape).toEqual([D_SAE, 3, N_PATCHES]);
    for (const latent of summary.latents) {
      const list = await features.top(latent);
      const files = await readdir(join(folder, 'neurons', String(latent)));
      expect(files.sort()).toEqual(
        [...list.flatMap((_, j) => [`${j}.png`, `${j}.txt`]), 'metadata.json'].sort(),
      );
      list.forEach(({ score }, j) => {
        const start = (latent * 3 + j) * N_PATCHES;
        const values = top.data.subarray(start, start + N_PATCHES) as Float32Array;
        expect(Math.max(...values)).toBe(score);
      });
    }
    const torch = await openTorchFile(join(folder, 'top_img_i.pt'));
    const { shape, data } = await readTorchTensor(
      torch.value as Parameters<typeof readTorchTensor>[0],
    );
    expect(shape).toEqual([D_SAE, 3]);
    expect(data).toEqual((await readNpy(join(folder, 'top_img_i.npy'))).data);
    // The original's dtype; latent 7 never fires, and is given images all the same.
    expect(data).toBeInstanceOf(BigInt64Array);
    expect([...data.subarray(7 * 3, 8 * 3)]).toEqual([0n, 1n, 2n]);
    await torch.close();
    for (const name of ['mean_values', 'sparsity', 'percentiles_p99', 'distributions']) {
      for (const format of ['npy', 'pt']) await stat(join(folder, `${name}.${format}`));
    }

    const latent = summary.latents[1]!;
    const picture = await sharp(join(folder, 'neurons', String(latent), '0.png')).metadata();
    expect(picture).toMatchObject({ width: 448, height: 448 });
    const label = await readFile(join(folder, 'neurons', String(latent), '0.txt'), 'utf8');
    expect(label).toMatch(/^(first|second)\n$/);
    const read = (i: number): Promise<string> =>
      readFile(join(folder, 'neurons', String(i), 'metadata.json'), 'utf8');
    expect(await read(7)).toBe('{"neuron": 7, "log10_freq": -Infinity, "log10_value": NaN}');
    expect(JSON.parse(await read(latent))).toEqual({
      neuron: latent,
      log10_freq: Math.fround(Math.log10(features.sparsity[latent]!)),
      log10_value: Math.fround(Math.log10(features.meanValues[latent]!)),
    });
    for (const name of ['4_activation_distributions', 'frequency_value']) {
      expect(await readFile(join(folder, `${name}.svg`), 'utf8')).toContain('<svg');
      expect((await sharp(join(folder, `${name}.png`)).metadata()).format).toBe('png');
    }
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    expect(page).toContain('id="saev-index"');
    expect(summary.page).toMatchObject({ features: D_SAE, isSingleFile: true });
    await features.close();
  });

  test('uses features again when the settings allow it, and not when they do not', async () => {
    const config = configOf('again');
    await visualize(config);
    const file = join(base, 'again', 'sort_by_patch', 'features.safetensors');
    const { mtimeMs } = await stat(file);
    const other = { ...config, nLatents: 1, seed: 9, saeBatchSize: 7, formats: ['npy' as const] };
    expect((await visualize(other)).isCached).toBe(true);
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
    expect((await visualize({ ...config, topK: 2 })).isCached).toBe(false);
    const scaled = { ...config, topK: 2, data: { ...config.data, scaleNorm: true } };
    expect((await visualize(scaled)).isCached).toBe(false);
    await truncate(file, 1000);
    expect((await visualize(scaled)).isCached).toBe(false);
  });

  test('leaves out the rows that are ignored: they are 0 on the page, and count nowhere', async () => {
    const config = configOf('ignored');
    await visualize(config);
    const ignored = { ...config, ignore: { patches: [0, 5] } };
    expect((await visualize(ignored)).isCached).toBe(false);
    expect((await visualize(ignored)).isCached).toBe(true);
    const features = await openFeatureFile(join(base, 'ignored', 'sort_by_patch'));
    expect(features.meta.nRows).toBe(N_IMAGES * (N_PATCHES - 2));
    const values = await features.topValues(0, 4);
    const lit = [...values.keys()].filter((i) => values[i]! > 0).map((i) => i % N_PATCHES);
    expect(lit).toContain(1);
    expect(lit).not.toContain(0);
    expect(lit).not.toContain(5);
    const page = await readFile(join(base, 'ignored', 'sort_by_patch', 'index.html'), 'utf8');
    expect(page).toContain('without patches 0, 5');
    await features.close();
  });

  test('batch size and threads change nothing', async () => {
    const a = configOf('batch-a', { saeBatchSize: 16384 });
    const b = configOf('batch-b', { saeBatchSize: 5, threads: 2 });
    const files = [];
    for (const config of [a, b]) {
      const { folder } = await visualize(config);
      files.push(await readFile(join(folder, 'features.safetensors')));
    }
    expect(files[0]!.equals(files[1]!)).toBe(true);
  });

  test.each([
    ['cls', 'cls', false],
    ['cls', 'meanpool', false],
    ['img', 'patches', true],
  ] as const)('sorts by %s of %s', async (sortBy, patches, hasHeat) => {
    const config = configOf(`by-${sortBy}-${patches}`, {
      sortBy,
      data: { patches },
      formats: ['npy'],
    });
    const { folder } = await visualize(config);
    const { shape } = await readNpy(join(folder, 'top_values.npy'));
    expect(shape).toEqual(hasHeat ? [D_SAE, 3, N_PATCHES] : [D_SAE, 3]);
    const features = await openFeatureFile(folder);
    const list = await features.top(0);
    for (const { score, map } of list) {
      const sum = map.value.reduce((a, b) => a + b, 0);
      expect(score).toBeCloseTo(sum, 4);
    }
    await features.close();
  });

  test('pictures can be fewer than the images kept', async () => {
    const { folder, latents } = await visualize(configOf('few', { nPictures: 1, nLatents: 2 }));
    for (const latent of latents) {
      const files = await readdir(join(folder, 'neurons', String(latent)));
      expect(files.sort()).toEqual(['0.png', '0.txt', 'metadata.json']);
    }
  });

  test('by default only the page, its data and the figures are written, and pictures of latents by name', async () => {
    const config = configOf('plain', { includeLatents: [3] });
    const { folder, latents } = await visualize(config);
    expect(latents.length).toBeGreaterThan(1);
    expect((await readdir(folder)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      ...['4_activation_distributions.png', '4_activation_distributions.svg'],
      ...['features.safetensors', 'frequency_value.png', 'frequency_value.svg', 'index.html'],
      ...['map.safetensors', 'neurons', 'pages.js', 'written.txt'],
    ]);
    expect(await readdir(join(folder, 'neurons'))).toEqual(['3']);
    expect(await readdir(join(folder, 'neurons', '3'))).toHaveLength(2 * 3 + 1);
  });

  test('nothing of an earlier job is left among the files of a new one, whatever the autoencoder', async () => {
    const first = configOf('twice', {
      formats: ['npy', 'pt'],
      nPictures: 3,
      percentile: 90,
      nDistributions: 5,
    });
    const { folder, latents } = await visualize(first);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await writeFile(join(folder, 'neurons', String(latents[0]), 'mine.txt'), 'mine');
    const other = join(base, 'other-sae');
    const coder = await readCoder(join(base, 'sae'));
    const wEnc = coder.weights.wEnc.map((weight) => -weight);
    await writeCheckpoint({ ...coder, weights: { ...coder.weights, wEnc } }, other);
    const again = { ckpt: other, formats: ['safetensors' as const], nPictures: 1, nLatents: 2 };
    const second = await visualize(configOf('twice', { ...again, topK: 2 }));
    expect(second.isCached).toBe(false);
    const fresh = await visualize(configOf('fresh', { ...again, topK: 2 }));
    const all = (at: string) => readdir(at, { recursive: true });
    const mine = ['notes.txt', `neurons/${latents[0]}`, `neurons/${latents[0]}/mine.txt`];
    const expected = new Set([...(await all(fresh.folder)), ...mine]);
    expect(new Set(await all(folder))).toEqual(expected);
    for (const name of await readdir(fresh.folder)) {
      // Vega numbers the clips of all figures of a process.
      if (name === 'neurons' || name.endsWith('.svg')) continue;
      const [a, b] = [join(folder, name), join(fresh.folder, name)];
      expect((await readFile(a)).equals(await readFile(b)), name).toBe(true);
    }
  });

  test('a folder with the files of another program is refused before anything is read', async () => {
    const folder = join(base, 'theirs', 'sort_by_patch');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'top_img_i.pt'), 'theirs');
    await expect(visualize(configOf('theirs'))).rejects.toThrow(
      'holds files that no visuals job here wrote: top_img_i.pt',
    );
    expect(await readdir(folder)).toEqual(['top_img_i.pt']);
  });

  test('a live source names its model, the default checkpoint of a family too', async () => {
    const config = configOf('live');
    const live = VisualsConfig.parse({
      ...config,
      data: { live: { vitFamily: 'world', images: config.images } },
    });
    const examples = await imageModality.open(live, await readCoder(join(base, 'sae')), {});
    const { title, facts } = examples.about({ meta: { nTokens: 1 } } as FeatureFile);
    expect(title).toBe('world-vit, layer -2');
    expect(Object.fromEntries(facts).Model).toBe('world world-vit');
    await examples.close();
  });

  test('wrong settings get one sentence, and nothing is written', async () => {
    const cases: [VisualsConfigInput, string][] = [
      [{ sortBy: 'cls', data: { patches: 'all' } }, "invalid data.patches 'all' with sortBy 'cls'"],
      [{ sortBy: 'img', data: { patches: 'all' } }, "invalid data.patches 'all' with sortBy 'img'"],
      [{ sortBy: 'cls' }, "invalid data.patches 'patches' with sortBy 'cls'"],
      [{ data: { patches: 'cls' } }, "invalid data.patches 'cls' with sortBy 'patch'"],
      [{ data: { layer: 'all' } }, "unsupported data.layer 'all'"],
      [{ ckpt: join(base, 'nowhere') }, 'missing checkpoint'],
      [{ data: { shardRoot: join(base, 'nowhere') } }, 'missing activations'],
    ];
    for (const [change, message] of cases) {
      const error = await visualize(configOf('wrong', change)).catch((reason) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(message);
    }
    await expect(stat(join(base, 'wrong'))).rejects.toThrow('ENOENT');
  });

  test('an autoencoder of another width is refused', async () => {
    const wide = join(base, 'wide');
    const zeros = (n: number): Float32Array => new Float32Array(n);
    await writeCheckpoint(
      {
        config: {
          dIn: 4,
          dOut: 4,
          dSae: 8,
          activation: { kind: 'relu' },
          subtractDecoderBias: true,
          metadata: {},
        },
        weights: { wEnc: zeros(32), bEnc: zeros(8), wDec: zeros(32), bDec: zeros(4) },
      },
      wide,
    );
    await expect(visualize(configOf('width', { ckpt: wide }))).rejects.toThrow(
      'they are 6 wide, the autoencoder takes 4',
    );
  });

  test('images other than the recorded ones are refused', async () => {
    const few = join(base, 'few-images', 'only');
    await mkdir(few, { recursive: true });
    await writeFile(join(few, '0.png'), await encodePng(drawScene(sampleScene(1, 0))));
    const images = { type: 'image-folder' as const, root: join(base, 'few-images') };
    await expect(visualize(configOf('images', { images }))).rejects.toThrow(
      'invalid images: the activations are of 10, the dataset has 1',
    );
  });

  test('an included latent that does not exist is refused', async () => {
    await expect(visualize(configOf('latent', { includeLatents: [24] }))).rejects.toThrow(
      'invalid latent 24',
    );
  });

  test('the page of a set on the hub has its labels', async () => {
    const hub = await startTestHub();
    try {
      vi.stubEnv('HF_ENDPOINT', hub.server.url);
      vi.stubEnv('HF_HUB_CACHE', hub.cacheDir);
      const content = await readFile('fixtures/images/ten.parquet');
      await hub.repo('datasets/org/ten', { 'train-00000-of-00001.parquet': content });
      const images = { type: 'imagenet' as const, name: 'org/ten' };
      const { page } = await visualize(configOf('hub', { images, pageLatents: 3 }));
      const labels = (await readFile(page.path, 'utf8')).match(/"label":"[^"]*"/g)!;
      expect(new Set(labels)).toEqual(new Set(['"label":"red fox"', '"label":"tabby"']));
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });

  test('an interrupted job leaves the page of the one before', async () => {
    const config = configOf('stop');
    const { page } = await visualize(config);
    const before = await readFile(page.path, 'utf8');
    const changed = { ...config, topK: 2 };
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(visualize(changed, { signal })).rejects.toThrow('stopped');
    expect(await readFile(page.path, 'utf8')).toBe(before);
    const left = await readdir(join(base, 'stop', 'sort_by_patch'));
    expect(left.filter((name) => /tmp|lock/.test(name))).toEqual([]);
    expect((await visualize(config)).isCached).toBe(true);
  });
});
