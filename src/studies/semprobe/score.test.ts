import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPhotos } from '../../../test/helpers/small-run.ts';
import { ActivationsConfig } from '../../activations/config.ts';
import { record } from '../../activations/job.ts';
import { openSource } from '../../activations/source.ts';
import { parseFlags } from '../../base/config/flags.ts';
import { loadConfig } from '../../base/config/load.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { Random } from '../../base/random.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { VisualsConfig } from '../../visuals/config.ts';
import {
  SemprobeNegativesConfig,
  SemprobeScoreConfig,
  type SemprobeScoreConfigInput,
} from './config.ts';
import { drawNegatives, writeNegatives } from './negatives.ts';
import { scoreTasks } from './score.ts';
import { scoreLines } from './score-lines.ts';
import { createTaskCounts } from './task-scores.ts';
import { tasksOf } from './tasks.ts';
import { visualsCommand, visualsOf } from './visuals-command.ts';

interface Golden {
  readonly score: {
    readonly labels: readonly string[];
    readonly patches: number;
    readonly thresholds: readonly number[];
    /** `[images · patches, latents]` */
    readonly codes: readonly (readonly number[])[];
    readonly f1: Readonly<Record<string, readonly number[]>>;
  };
  readonly negatives: {
    readonly n: number;
    readonly n_imgs: number;
    readonly classes: string[];
    readonly seed: number;
    readonly files: readonly string[];
  };
}

let golden: Golden;
let folder: string;
let shards: string;
let curated: string;
const D_SAE = 12;
beforeAll(async () => {
  const path = new URL('../../../fixtures/studies/semprobe/golden.json', import.meta.url);
  golden = JSON.parse(await readFile(path, 'utf8')) as Golden;
  folder = await mkdtemp(join(tmpdir(), 'saev-semprobe-'));
  await drawPhotos(folder, 24);
  curated = join(folder, 'curated');
  await mkdir(curated);
  for (const [from, to] of [
    ['star', 'pointed-shape-positive'],
    ['circle', 'pointed-shape-negative'],
    ['ring', 'hole-positive'],
    ['square', 'hole-negative'],
  ] as const)
    await cp(join(folder, 'photos', from), join(curated, to), {
      recursive: true,
      preserveTimestamps: true,
    });
  const recorded = await record(
    ActivationsConfig.parse({
      data: { type: 'image-folder', root: curated },
      vitFamily: 'world',
      dumpTo: join(folder, 'shards'),
      threads: 1,
    }),
  );
  shards = recorded.folder;
  const random = new Random(3);
  const normal = (n: number, size: number): Float32Array =>
    Float32Array.from({ length: n }, () => size * random.normal());
  await writeCheckpoint(
    {
      config: {
        dIn: 128,
        dOut: 128,
        dSae: D_SAE,
        activation: { kind: 'relu' },
        subtractDecoderBias: true,
        metadata: {},
      },
      weights: {
        wEnc: normal(D_SAE * 128, 0.02),
        bEnc: normal(D_SAE, 0.1),
        wDec: normal(D_SAE * 128, 0.1),
        bDec: new Float32Array(128),
      },
    },
    join(folder, 'coder'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const configOf = (changes: SemprobeScoreConfigInput = {}): SemprobeScoreConfig =>
  SemprobeScoreConfig.parse({
    ckpt: join(folder, 'coder'),
    data: { shardRoot: shards, scaleMean: false, scaleNorm: false },
    images: { type: 'image-folder', root: curated },
    dumpTo: join(folder, 'out'),
    threads: 1,
    batchSize: 100,
    ...changes,
  });

describe('scores of tasks', () => {
  it('are those of the original', () => {
    const { labels, patches, thresholds, codes, f1 } = golden.score;
    const entry = (index: number) => ({ index, source: '', target: 0, label: labels[index]! });
    const tasks = tasksOf({ length: labels.length, entry });
    const dSae = codes[0]!.length;
    const counts = createTaskCounts(tasks, { dSae, thresholds });
    // Batches cut images anywhere.
    for (let first = 0; first < codes.length; first += 5) {
      const rows = codes.slice(first, first + 5);
      const dense = rows.map((row) => [...row.entries()].filter(([, value]) => value > 0));
      let at = 0;
      counts.add({
        codes: {
          columns: dSae,
          rowStart: Uint32Array.from([0, ...dense.map((row) => (at += row.length))]),
          index: Uint32Array.from(dense.flat(), ([latent]) => latent),
          value: Float32Array.from(dense.flat(), ([, value]) => value),
        },
        exampleIndex: Int32Array.from(rows, (_, i) => Math.floor((first + i) / patches)),
        tokenIndex: Int32Array.from(rows, (_, i) => (first + i) % patches),
      });
    }
    counts.finish();
    for (const [task, name] of tasks.names.entries())
      expect(counts.scores(task).map((score) => score.f1)).toBeClose(f1[name]!);
  });
});

describe('scoreTasks', () => {
  it('scores by sums over the patches of images, whatever the batches', async () => {
    const scores = await scoreTasks(configOf({ includeLatents: [7] }));
    expect(scores.tasks.map(({ task }) => task)).toEqual(['hole', 'pointed-shape']);
    const { source } = await openSource(scores.data);
    await using coder = await openCoder(join(folder, 'coder'), { threads: 1 });
    const sums: number[][] = [];
    for await (const batch of source.batches({ batchSize: 64 })) {
      const { index, value } = await coder.encodeScaled(batch.acts);
      const sum = new Array<number>(D_SAE).fill(0);
      for (const [p, latent] of index.entries()) sum[latent]! += value[p]!;
      sums.push(sum);
    }
    await source.close();
    for (const { task, positives, negatives, best, included } of scores.tasks) {
      const first = task === 'hole' ? 0 : sums.length - positives - negatives;
      for (const { latent, threshold, truePositives, falsePositives, f1 } of [
        ...best,
        ...included,
      ]) {
        const above = (from: number, n: number): number =>
          sums.slice(from, from + n).filter((sum) => sum[latent]! > threshold).length;
        expect([truePositives, falsePositives]).toEqual([
          above(first + negatives, positives),
          above(first, negatives),
        ]);
        expect(f1).toBeCloseTo(
          (2 * truePositives) / (truePositives + falsePositives + positives) || 0,
        );
      }
      expect(best).toHaveLength(5);
      expect(included.map(({ latent }) => latent)).toEqual([7]);
    }
    const csv = (await readFile(scores.csv, 'utf8')).trim().split('\n');
    expect(csv).toHaveLength(1 + 2 * D_SAE);
    const shown = visualsOf(scores, 'out/visuals');
    const command = visualsCommand(scores, 'out/visuals');
    const flags = parseFlags(command.split(' ').slice(2), shapeOf(VisualsConfig));
    const typed = loadConfig(VisualsConfig, { flags });
    expect(typed).toEqual(JSON.parse(JSON.stringify(shown)));
    const lines = scoreLines(scores, { dumpTo: 'out' });
    expect(lines.at(-1)).toMatch(
      /^To see them: saev visuals --ckpt \S+ .*--include-latents [\d ]+ --log-freq-range -4 -1 --log-value-range -1 1 --n-latents \d+ --dump-to out\/visuals$/,
    );
  });

  it('refuses latents, labels and images that do not fit', async () => {
    await expect(scoreTasks(configOf({ includeLatents: [12] }))).rejects.toThrow(
      'unknown latent 12: the coder has 12, from 0',
    );
    const other = { type: 'image-folder', root: join(folder, 'photos') } as const;
    await expect(scoreTasks(configOf({ images: other }))).rejects.toThrow("invalid label 'circle'");
    const fewer = join(folder, 'fewer');
    await cp(curated, fewer, { recursive: true });
    await rm(join(fewer, 'hole-negative'), { recursive: true });
    const images = { type: 'image-folder', root: fewer } as const;
    await expect(scoreTasks(configOf({ images }))).rejects.toThrow(
      "invalid task 'hole': it has no images in 'hole-negative'",
    );
    await rename(join(fewer, 'hole-positive'), join(fewer, 'pointed-shape-positive', 'more'));
    await expect(scoreTasks(configOf({ images }))).rejects.toThrow(
      /^labels of \d+ examples \('.*fewer'\) for activations of \d+ \('.*curated'\)$/,
    );
  });
});

it('takes the names of the original for its settings', () => {
  const flags = [
    'imgs:image-folder',
    '--imgs.root',
    'a',
    '--acts.shard-root',
    'b',
    '--sae-ckpt',
    'c',
  ];
  const schema = SemprobeScoreConfig;
  const expected = {
    ckpt: 'c',
    images: { type: 'image-folder', root: 'a' },
    data: { shardRoot: 'b' },
  };
  expect(loadConfig(schema, { flags: parseFlags(flags, shapeOf(schema)) })).toMatchObject(expected);
  const values = {
    imgs: { type: 'image-folder', root: 'a' },
    acts: { shard_root: 'b' },
    sae_ckpt: 'c',
  };
  expect(loadConfig(schema, { file: { name: 'file', values } })).toMatchObject(expected);
});

describe('negatives', () => {
  it('are those that the original draws', async () => {
    const { n, n_imgs: nImgs, classes, seed, files } = golden.negatives;
    const entry = (index: number) => ({ index, source: `${index}.png`, target: 0, label: 'x' });
    const images = { length: n, entry };
    const drawn = await drawNegatives(images, { classes, nImgs, seed, skip: [] });
    expect(
      drawn.flatMap((own, c) => own.map((index) => `example_${classes[c]}_${index}.png`)),
    ).toEqual(files);
    // What is skipped makes room for the next of the same order.
    const skip = [String(drawn[0]![0]), `${drawn[0]![2]}.png`];
    const [skipped] = await drawNegatives(images, { classes, nImgs, seed, skip });
    expect(skipped!.slice(0, 4)).toEqual([1, 3, 4, 5].map((i) => drawn[0]![i]));
  });

  it('are written without images of the class, the same each time', async () => {
    const config = SemprobeNegativesConfig.parse({
      images: { type: 'image-folder', root: join(folder, 'photos') },
      classes: ['star', 'blue'],
      nImgs: 30,
      dumpTo: join(folder, 'negatives'),
    });
    const [star, blue] = await writeNegatives(config);
    const stars = (await writeNegatives({ ...config, classes: ['star'] }))[0]!;
    expect(stars).toEqual(star);
    expect(blue!.images).toHaveLength(24);
    expect(star!.images.length).toBeLessThan(24);
    await expect(writeNegatives({ ...config, seed: 1, nImgs: 3 })).rejects.toThrow(
      /holds images of another draw: 'example_star_\d+.png'/,
    );
    await expect(writeNegatives({ ...config, classes: ['../up'] })).rejects.toThrow(
      "invalid class '../up'",
    );
  });
});
