// Features of classes and their edits as a person goes about it, on a few drawn scenes: from images to what a head sees.
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeTree } from '../../../test/helpers/folders.ts';
import { writeWorld } from '../../data/worlds/images/write.ts';
import { writeNpy } from '../../formats/numpy/npy.ts';
import { f32 } from '../../formats/tensor.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { writeHeadFolder } from '../../studies/probes/head-files.ts';
import { initHead } from '../../studies/probes/linear-head.ts';
import { type VisualsSummary, visualize } from '../../visuals/visualize.ts';
import { command as activations } from '../activations.ts';
import type { Command } from '../program/command.ts';
import { command as train } from '../train.ts';
import { command as visuals } from '../visuals.ts';
import { command as propose } from './semseg-propose.ts';
import { command as quantify } from './semseg-quantify.ts';
import { command as semsegTrain } from './semseg-train.ts';

// Pages have tests of their own: what is asked of them is seen here.
vi.mock('../../visuals/visualize.ts', async (load) => {
  const real = await load<typeof import('../../visuals/visualize.ts')>();
  return { ...real, visualize: vi.fn(real.visualize) };
});

const N_SCENES = 60;
/** A fifth of the scenes, of 8 × 8 patches each. */
const N_VALIDATION = (N_SCENES / 5) * 64;
const HEAD = 'heads/lr_0_01__wd_0_001';

let folder: string;
const path = (name: string): string => join(folder, name);

/** Run a command with these words, and give what it prints. */
async function run(command: Command, words: string): Promise<string> {
  const printed: string[] = [];
  const args = `${words} --threads 1 --quiet`.replaceAll('$', folder).split(' ');
  await command.run(args, {
    signal: new AbortController().signal,
    environment: {},
    print: (line) => printed.push(line),
    whenInterrupted: () => undefined,
  });
  return printed.join('\n');
}

interface Report {
  readonly method: string;
  readonly start: string;
  readonly targetChange: number;
  readonly otherChange: number;
}

interface Found {
  readonly features: Readonly<Record<string, number>>;
  readonly reports: readonly Report[];
  readonly absent: { readonly truth: readonly string[] };
}

const measure = async (words: string, sae = '$/runs'): Promise<Found> => {
  const given = `--imgs.root $/world/ade20k --max-freq 0.3 --dump-to $/edits --json`;
  return JSON.parse(await run(quantify, `--sae ${sae} --seg-ckpt $/${HEAD} ${given} ${words}`));
};

const changeOf = ({ reports }: Found, method: string): Report =>
  reports.find((each) => each.method === method && each.start === 'predictions')!;

const tableAt = (name: string): Record<string, string>[] =>
  parse(readFileSync(path(name), 'utf8'), { columns: true });

beforeAll(async () => {
  folder = await makeTree({});
  await writeWorld(path('world'), { nScenes: N_SCENES, seed: 3 });
  const images = '--data.type ade20k --data.root $/world/ade20k --data.split training';
  await run(activations, `${images} --vit-family world --dump-to $/shards --n-workers 2`);
  await run(
    train,
    '--data.shard-root $/shards --sae.kind topk --sae.k 8 --sae.d-sae 128 --lr 3e-3 --sae-batch-size 256 --n-patches 30_000 --run-root $/runs',
  );
  await run(
    semsegTrain,
    '--imgs.root $/world/ade20k --vit-family world --learning-rate 1e-2 --batch-size 8 --n-epochs 8 --eval-every 8 --dump-to $/labelled --ckpt-path $/heads',
  );
});

describe('saev semseg propose', () => {
  test('finds latents of classes in the data of the run, and writes them', async () => {
    const found = JSON.parse(
      await run(
        propose,
        '--sae $/runs --imgs.root $/world/ade20k --classes sky 12 --k 2 --dump-to $/proposed --json',
      ),
    );
    const rows = tableAt('proposed/features.csv');
    expect(rows.map((row) => `${row.class} ${row.name}`)).toEqual([
      '7 sky',
      '7 sky',
      '12 sea',
      '12 sea',
    ]);
    for (const [i, { tp, fp, fn, precision, recall, f1 }] of rows.entries()) {
      expect(Number(tp) + Number(fn)).toBe(found.classes[Math.floor(i / 2)].patches);
      expect(Number(precision)).toBeCloseTo(Number(tp) / (Number(tp) + Number(fp)), 12);
      expect(Number(f1)).toBeCloseTo(2 / (1 / Number(precision) + 1 / Number(recall)), 12);
    }
    // Backgrounds are easily told apart.
    expect(Number(rows[0]!.f1)).toBeGreaterThan(0.6);
    expect(Number(rows[2]!.f1)).toBeGreaterThan(0.6);
    expect(found.patches).toBe((N_SCENES - N_SCENES / 5) * 64);
    expect(found.command).toContain(`--include-latents ${found.latents.join(' ')} `);
  });

  test('refuses a class without a patch when it is alone, leaves it out otherwise, and shows the rest', async () => {
    await mkdir(path('moon'));
    for (const name of ['images', 'annotations', 'sceneCategories.txt'])
      await symlink(path(`world/ade20k/${name}`), path(`moon/${name}`));
    const table = await readFile(path('world/ade20k/objectInfo150.txt'), 'utf8');
    await writeFile(path('moon/objectInfo150.txt'), `${table.trimEnd()}\n15\t0\t0\t0\t0\tmoon\n`);
    const job = '--sae $/runs --imgs.root $/moon --dump-to $/moon-proposed --k 1 --classes moon';
    await expect(run(propose, job)).rejects.toThrow(/^no patch of 'moon' in .*, training$/);
    const shownBefore = vi.mocked(visualize).mock.calls.length;
    vi.mocked(visualize).mockResolvedValueOnce({ page: { path: 'the page' } } as VisualsSummary);
    const shown = await run(propose, `${job} sky --visuals --visuals-to $/shown`);
    expect(shown).toMatch(/class 7, sky: \d+ patches/);
    expect(shown).toContain('the page: open it in a browser');
    const [asked] = vi.mocked(visualize).mock.calls[shownBefore]!;
    expect(asked).toMatchObject({
      dumpTo: path('shown'),
      includeLatents: [Number(tableAt('moon-proposed/features.csv')[0]!.latent)],
      images: { type: 'ade20k', root: path('moon'), split: 'training' },
    });
    // A head of 15 classes does not know a sixteenth.
    const measured = `--sae $/runs --seg-ckpt $/${HEAD} --imgs.root $/moon --dump-to $/edits`;
    await expect(run(quantify, measured)).rejects.toThrow(/tells 15 classes apart, .* have 16/);
  });
});

describe('saev semseg quantify', () => {
  let chosen: Found;

  beforeAll(async () => {
    chosen = await measure('--choose-on training');
  });

  test('makes a class vanish by its own feature, and not by others', () => {
    const own = changeOf(chosen, 'automatic-feature');
    expect(own.targetChange).toBeGreaterThan(0.5);
    expect(own.otherChange).toBeLessThan(own.targetChange / 4);
    for (const method of ['random-vector', 'random-feature', 'other-class-feature'])
      expect(changeOf(chosen, method).targetChange, method).toBeLessThan(own.targetChange);
    const results = tableAt('edits/results.csv');
    expect(Object.keys(results[0]!)).toEqual([
      'method',
      'target_change',
      'target_std',
      'other_change',
      'other_std',
    ]);
    expect(results.map(({ target_change }) => Number(target_change))).toEqual(
      results.map(({ method }) => changeOf(chosen, method!).targetChange),
    );
  });

  test('counts every patch of the images once, by its true class', () => {
    const rows = tableAt('edits/classes.csv');
    for (const { method } of chosen.reports) {
      const some = rows.filter((row) => row.method === method && row.start === 'truth');
      expect(some.reduce((sum, { patches }) => sum + Number(patches), 0)).toBe(N_VALIDATION);
    }
    for (const { changed, changed_to: to } of rows) {
      const counts = [...to!.matchAll(/: (\d+)/g)].map(([, count]) => Number(count));
      expect(counts.reduce((a, b) => a + b, 0)).toBe(Number(changed));
    }
    expect(tableAt('edits/features.csv').length).toBeGreaterThan(14);
  });

  test('edits the features of a table', async () => {
    await run(
      propose,
      '--sae $/runs --imgs.root $/world/ade20k --k 1 --max-freq 0.3 --dump-to $/all',
    );
    const features = '--features $/all/features.csv --methods automatic-feature';
    const found = await measure(features);
    const table = tableAt('all/features.csv').map((row) => [row.class!, Number(row.latent)]);
    expect(found.features).toEqual(Object.fromEntries(table));
    expect(changeOf(found, 'automatic-feature').targetChange).toBeGreaterThan(0.5);
  });

  test('takes maxima and frequencies from visuals of the images that it would choose on', async () => {
    await run(
      visuals,
      '--ckpt $/runs --formats pt --n-latents 0 --n-distributions 0 --page-latents 1 --dump-to $/visuals',
    );
    const files = ['top-values $/visuals/sort_by_patch/top_values.pt'];
    files.push('sparsity $/visuals/sort_by_patch/sparsity.pt');
    const found = await measure(
      `--choose-on training --methods automatic-feature --${files.join(' --')}`,
    );
    expect(found.features).toEqual(chosen.features);
    const [own, before] = [found, chosen].map((each) => changeOf(each, 'automatic-feature'));
    expect(own!.targetChange).toBeCloseTo(before!.targetChange, 2);
    expect(own!.otherChange).toBeCloseTo(before!.otherChange, 2);
  });

  test('takes the scale of a checkpoint that does not say it, or estimates it', async () => {
    const coder = await readCoder(join(path('runs'), await onlyRun()));
    const { mean, scale } = coder.config.normalization!;
    await writeUnsaid(coder, path('unsaid'));
    await writeNpy(path('mean.npy'), f32(mean!, mean!.length));
    const choice = '--choose-on training --methods automatic-feature';
    const given = `${choice} --act-mean $/mean.npy --act-norm ${scale}`;
    // A checkpoint says nothing of its model: the head does.
    const found = await measure(given, '$/unsaid');
    expect(found.features).toEqual(chosen.features);
    expect(changeOf(found, 'automatic-feature')).toEqual(changeOf(chosen, 'automatic-feature'));
    const estimated = changeOf(await measure(choice, '$/unsaid'), 'automatic-feature');
    expect(estimated.targetChange).toBeGreaterThan(0.4);
    await writeNpy(path('short.npy'), f32(mean!.subarray(1), mean!.length - 1));
    await expect(measure('--act-mean $/short.npy', '$/unsaid')).rejects.toThrow(
      /invalid mean of activations .*: 127 numbers, expected 128/,
    );
  });

  test('refuses a head and an autoencoder of another width', async () => {
    const config = { learning_rate: 1e-3, weight_decay: 0 };
    await writeHeadFolder(path('narrow'), initHead(32, 15, 0), { config });
    const narrow = '--sae $/runs --seg-ckpt $/narrow --vit-family world --imgs.root $/world/ade20k';
    await expect(run(quantify, narrow)).rejects.toThrow(/reads rows of 32 numbers, .* have 128/);
    const square = new Float32Array(16).fill(0.5);
    const four = new Float32Array(4);
    const activation = { kind: 'relu' } as const;
    const small = { dIn: 4, dOut: 4, dSae: 4, activation, subtractDecoderBias: true, metadata: {} };
    await writeCheckpoint(
      { config: small, weights: { wEnc: square, bEnc: four, wDec: square, bDec: four } },
      path('small'),
    );
    await expect(measure('--seed 1', '$/small')).rejects.toThrow(
      /takes rows of 4 numbers, .* has 128/,
    );
    const proposing = '--sae $/small --acts.shard-root $/shards --imgs.root $/world/ade20k';
    await expect(run(propose, proposing)).rejects.toThrow(/they are 128 wide, .* takes 4/);
  });
});

async function onlyRun(): Promise<string> {
  const [name] = (await readdir(path('runs'))).filter((each) => !each.startsWith('.'));
  return name!;
}

/** Write a coder as checkpoints are that say nothing of the scale of their inputs. */
async function writeUnsaid({ config, weights }: SparseCoder, to: string): Promise<void> {
  const { normalization: _, ...rest } = config;
  await writeCheckpoint({ config: { ...rest, isScaleUnsaid: true }, weights }, to);
}
