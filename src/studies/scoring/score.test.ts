// A whole scoring job on a few scenes of the drawn world, with an autoencoder of random directions.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivationsConfig } from '../../activations/config.ts';
import { record } from '../../activations/job.ts';
import { metadataText } from '../../activations/shards/metadata.ts';
import { Random } from '../../base/random.ts';
import { patchConcepts, WORLD_GRID } from '../../data/worlds/images/concepts.ts';
import { writeWorld } from '../../data/worlds/images/write.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { ScoreConfig, type ScoreConfigInput } from './config.ts';
import type { ScoreReport } from './report.ts';
import { score } from './score.ts';

const N_SCENES = 30;
const N_PATCHES = WORLD_GRID ** 2;
/** One dimension a concept, and one more that says nothing. */
const D_MODEL = 28;
let folder: string;

/** Rows that hold what their patches show, with some noise: a coder of single dimensions tells every concept. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-score-'));
  const { scenes } = await writeWorld(join(folder, 'world'), { nScenes: N_SCENES, seed: 2 });
  const random = new Random(1);
  const acts = new Float32Array(N_SCENES * N_PATCHES * D_MODEL);
  scenes.forEach((scene, example) => {
    const truth = patchConcepts(scene);
    for (let token = 0; token < N_PATCHES; token++) {
      const at = (example * N_PATCHES + token) * D_MODEL;
      for (let c = 0; c < D_MODEL - 1; c++) {
        acts[at + c] = truth[c * N_PATCHES + token]! + 0.2 * random.normal();
      }
      acts[at + D_MODEL - 1] = random.normal();
    }
  });
  await mkdir(join(folder, 'shards'));
  await writeFile(
    join(folder, 'shards', 'metadata.json'),
    metadataText({
      protocol: 'saev',
      family: 'world',
      checkpoint: 'drawn',
      layers: [-2],
      nPatches: N_PATCHES,
      hasCls: false,
      dModel: D_MODEL,
      seed: 0,
      nExamples: N_SCENES,
      maxTokensPerShard: N_SCENES * N_PATCHES,
      data: 'drawn',
    }),
  );
  await writeFile(join(folder, 'shards', 'acts000000.bin'), new Uint8Array(acts.buffer));
  await writeSingleDimensions(D_MODEL, join(folder, 'sae'));
}, 60_000);

/** Write a coder whose latents are the dimensions of its inputs. */
async function writeSingleDimensions(d: number, path: string): Promise<void> {
  const unit = Float32Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
  const activation = { kind: 'relu' } as const;
  const weights = { wEnc: unit, bEnc: new Float32Array(d), wDec: unit, bDec: new Float32Array(d) };
  weights.bEnc.fill(-0.5);
  await writeCheckpoint(
    {
      config: { dIn: d, dOut: d, dSae: d, activation, subtractDecoderBias: true, metadata: {} },
      weights,
    },
    path,
  );
}

afterAll(() => rm(folder, { recursive: true, force: true }));

function run(changes: ScoreConfigInput = {}): ReturnType<typeof score> {
  return score(
    ScoreConfig.parse({
      ckpt: join(folder, 'sae'),
      data: { shardRoot: join(folder, 'shards'), scaleMean: false, scaleNorm: false },
      images: { type: 'image-folder', root: join(folder, 'world', 'images') },
      labels: 'world',
      dumpTo: join(folder, 'scores'),
      baselines: false,
      threads: 1,
      ...changes,
    }),
  );
}

describe('scores on labels', () => {
  it('of patches of the world: each concept has its dimension, the baselines stand beside it', async () => {
    const { report, json, csv } = await run({ baselines: true, baselineWidth: 8 });
    const [own, ...others] = report.methods;
    expect(others.map(({ method }) => method)).toEqual(['k-means', 'pca', 'random', 'neurons']);
    const told = own!.concepts.filter(({ skipped }) => skipped === undefined);
    expect(told.length).toBeGreaterThan(15);
    own!.concepts.forEach(({ best }, c) => {
      if (best !== undefined) expect(best.averagePrecision).toBe(c);
    });
    expect(own!.meanAveragePrecision).toBeGreaterThan(0.9);
    expect(own!.coverage).toBe(1);
    for (const { meanAveragePrecision } of others.slice(0, 3)) {
      expect(meanAveragePrecision).toBeLessThan(own!.meanAveragePrecision);
    }
    expect(others[3]!.normalizedMse).toBeCloseTo(0, 6);
    const written = JSON.parse(await readFile(json, 'utf8')) as ScoreReport;
    expect(written.split).toEqual({ seed: 42, chosenOn: 15, measuredOn: 15 });
    expect(written.methods.map(({ probeR }) => probeR)).toEqual(
      report.methods.map(({ probeR }) => probeR),
    );
    const lines = (await readFile(csv, 'utf8')).trim().split('\n');
    const nLatents = report.methods.flatMap(({ concepts }) => concepts.flatMap((c) => c.latents));
    expect(lines).toHaveLength(1 + nLatents.length);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
  }, 60_000);

  it('of the rows that are not ignored, latents and baselines alike', async () => {
    const all = (await run()).report;
    const { report, page } = await run({
      baselines: true,
      baselineWidth: 8,
      ignore: { patches: [0, 5] },
    });
    expect(report.leftOut).toBe(2 * N_SCENES);
    expect(all.leftOut).toBeUndefined();
    for (const { concepts } of report.methods)
      for (const { rows } of concepts)
        expect(rows).toEqual({ chosen: 15 * (N_PATCHES - 2), measured: 15 * (N_PATCHES - 2) });
    const positives = (of: ScoreReport) =>
      of.methods[0]!.concepts.reduce((n, { positives: p }) => n + p.chosen + p.measured, 0);
    const scenes = (await writeWorld(join(folder, 'again'), { nScenes: N_SCENES, seed: 2 })).scenes;
    const ignored = scenes
      .map((scene) => patchConcepts(scene))
      .flatMap((truth) => [...truth].filter((_, i) => [0, 5].includes(i % N_PATCHES)));
    expect(positives(report)).toBe(positives(all) - ignored.filter((is) => is === 1).length);
    expect(await readFile(page, 'utf8')).toContain('["Ignored","60 rows"]');
    const images = await run({ labels: 'classes', ignore: { patches: [0, 5] } });
    expect(images.report.methods[0]!.concepts[0]!.rows).toEqual({ chosen: 15, measured: 15 });
  });

  it('of images: their classes, and columns of a table', async () => {
    const classes = await run({ labels: 'classes', pool: 'mean' });
    expect(classes.report).toMatchObject({ level: 'example', pool: 'mean' });
    expect(classes.report.methods[0]!.concepts.map(({ kind }) => kind)).toContain('class');
    const path = join(folder, 'odd.csv');
    const rows = Array.from({ length: N_SCENES }, (_, i) => `${String(i).padStart(6, '0')}.png`);
    await writeFile(path, `file,odd\n${rows.map((file, i) => `${file},${i % 2}`).join('\n')}\n`);
    const { report } = await run({ labels: path, columns: ['odd'] });
    const [odd] = report.methods[0]!.concepts;
    expect(odd!.positives.chosen + odd!.positives.measured).toBe(N_SCENES / 2);
  });

  it('of patches by segmentation maps, on halves of the images that are there', async () => {
    const images = { type: 'ade20k', root: join(folder, 'world', 'ade20k') } as const;
    const shards = await record(
      ActivationsConfig.parse({
        data: images,
        vitFamily: 'world',
        dumpTo: join(folder, 'recorded'),
        nWorkers: 2,
        threads: 1,
      }),
    );
    await writeSingleDimensions(128, join(folder, 'dimensions'));
    const job = {
      ckpt: join(folder, 'dimensions'),
      data: { shardRoot: shards.folder },
      images,
      labels: 'patches',
    };
    const { report } = await run(job);
    // Shards of ADE20K say that there are 20,210 images: these are 24.
    expect(report.split).toEqual({ seed: 42, chosenOn: 12, measuredOn: 12 });
    const [own] = report.methods;
    expect(own!.concepts).toHaveLength(14);
    expect(own!.concepts[0]).toMatchObject({ kind: 'patch', name: 'circle' });
    for (const { rows } of own!.concepts) expect(rows).toEqual({ chosen: 768, measured: 768 });
    expect(own!.meanAveragePrecision).toBeGreaterThan(0.2);
    const clear = await run({ ...job, labelThreshold: 1 });
    const [{ rows } = own!.concepts[0]!] = clear.report.methods[0]!.concepts;
    expect(rows.chosen).toBeGreaterThan(300);
    expect(rows.chosen).toBeLessThan(768);
    const other = await writeWorld(join(folder, 'other'), { nScenes: 20, seed: 4 });
    await expect(run({ ...job, images: { type: 'ade20k', root: other.ade20k } })).rejects.toThrow(
      /was recorded from other images: 24 files .*, not 16 files/,
    );
  });

  it.each([
    ['labels that are not there', { labels: 'lables.csv' }, /missing labels: 'lables.csv'/],
    [
      'images of another number',
      { images: { type: 'ade20k', root: '$/world/ade20k', split: 'validation' } },
      /labels of 6 examples .* for activations of 30/,
    ],
    ['labels of patches for rows of images', { data: { patches: 'meanpool' } }, /are of patches/],
    ['concepts without examples', { labels: '$/none.csv' }, /no concept .* can be scored/],
  ] as const)('refuse %s', async (_, changes, message) => {
    await writeFile(join(folder, 'none.csv'), `odd\n${'0\n'.repeat(N_SCENES)}`);
    const inFolder = JSON.parse(JSON.stringify(changes).replaceAll('$', folder)) as {
      data?: object;
    };
    const data = { shardRoot: join(folder, 'shards'), scaleMean: false, scaleNorm: false };
    const running = run({ ...inFolder, data: { ...data, ...inFolder.data } });
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.toMatchObject({ name: 'UserError' });
  });
});
