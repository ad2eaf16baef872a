import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPhotos } from '../../../test/helpers/small-run.ts';
import { Random } from '../../base/random.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { exampleLabels, type Labels } from '../labels/labels.ts';
import { writeHeadFolder } from '../probes/head-files.ts';
import { initHead } from '../probes/linear-head.ts';
import { sweepRates, trainProbes } from '../probes/train-probes.ts';
import { ClassifyEvaluateConfig, ClassifyTrainConfig } from './config.ts';
import { evaluateClassification } from './evaluation.ts';
import { renumbered } from './image-classes.ts';
import { openLabelledSet } from './labelled-set.ts';
import { trainClassification } from './training.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Width of the world's transformer, and latents of the coder. */
const [D, LATENTS] = [128, 400];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-classify-'));
  await drawPhotos(at('train'), 60);
  await drawPhotos(at('val'), 40);
  const random = new Random(3);
  const wEnc = Float32Array.from({ length: LATENTS * D }, () => random.normal() / Math.sqrt(D));
  await writeCheckpoint(
    {
      config: {
        dIn: D,
        dOut: D,
        dSae: LATENTS,
        activation: { kind: 'topk', k: 32 },
        subtractDecoderBias: false,
        metadata: {},
      },
      weights: {
        wEnc,
        bEnc: new Float32Array(LATENTS),
        wDec: wEnc,
        bDec: new Float32Array(D),
      },
    },
    at('coder'),
    'saelens',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = () => ({
  trainImgs: { type: 'image-folder' as const, root: at('train', 'photos') },
  valImgs: { type: 'image-folder' as const, root: at('val', 'photos') },
  vitFamily: 'world' as const,
  learningRate: [1e-3, 1e-2],
  weightDecay: [1e-3],
  nEpochs: 30,
  batchSize: 32,
  dumpTo: at('shards'),
  ckptPath: at('heads'),
  logTo: at('logs'),
});

describe('classification', () => {
  it('trains heads from images, writes what the original writes, and measures them again', async () => {
    const result = await trainClassification(ClassifyTrainConfig.parse(settings()));
    expect(result.heads).toHaveLength(2);
    // Scenes of the validation set begin with those of training: what matters here is that it learns.
    expect(result.best.val.accuracy).toBeGreaterThan(0.8);
    const table = (await readFile(at('logs', 'results.csv'), 'utf8')).split('\n');
    expect(table[0]).toBe('learning_rate,weight_decay,train_acc,val_acc');
    expect(table[1]).toMatch(/^0\.001,0\.001,[01](\.\d+)?,[01](\.\d+)?$/);
    expect(result.heads.map(({ path }) => path)).toEqual([
      at('heads', 'lr_0_001__wd_0_001', 'model.pt'),
      at('heads', 'lr_0_01__wd_0_001', 'model.pt'),
    ]);
    for (const name of ['hparam-sweeps.png', 'confusion.svg', 'confusion.csv', 'report.json'])
      expect((await readFile(at('logs', name))).length).toBeGreaterThan(100);
    const report = JSON.parse(await readFile(at('logs', 'report.json'), 'utf8'));
    expect(report).toMatchObject({ nTrain: 60, nVal: 40, best: result.best.path });

    const again = await evaluateClassification(
      ClassifyEvaluateConfig.parse({
        ckptPath: at('heads'),
        imgs: settings().valImgs,
        dumpTo: at('shards'),
        logTo: at('evaluated'),
      }),
    );
    expect(again.heads.map(({ val }) => val)).toEqual(result.heads.map(({ val }) => val));
  }, 60_000);

  it('reads codes, and tells how far a few latents carry', async () => {
    const result = await trainClassification(
      ClassifyTrainConfig.parse({
        ...settings(),
        patches: 'meanpool',
        layer: 'ln_final.hook_normalized',
        sae: at('coder'),
        kLatents: [1, 8],
        ckptPath: at('code-heads'),
        logTo: at('code-logs'),
      }),
    );
    expect(result.sparse.map(({ kLatents }) => kLatents)).toEqual([1, 8]);
    const [one, eight] = result.sparse;
    expect(one!.latents!.every((latents) => latents.length === 1)).toBe(true);
    expect(eight!.train!.accuracy).toBeGreaterThan(one!.train!.accuracy);
    const again = await evaluateClassification(
      ClassifyEvaluateConfig.parse({
        ckptPath: at('code-heads'),
        imgs: settings().valImgs,
        dumpTo: at('shards'),
        logTo: at('evaluated'),
      }),
    );
    const found = again.sparse.find(({ kLatents }) => kLatents === 8);
    expect(found!.val.accuracy).toBe(eight!.val.accuracy);
  }, 60_000);

  it('goes on from where it was stopped, reading shards every epoch, to the same bits', async () => {
    const set = await openLabelledSet(
      { name: 'training', images: settings().trainImgs, shards: undefined },
      { patches: 'patches', vitFamily: 'world' },
      { dumpTo: at('shards'), nWorkers: 2, onBadImage: 'stop' },
    );
    try {
      const { source, labels } = set;
      const rates = sweepRates([1e-2], [1e-3, 0.1]);
      const options = { rates, nEpochs: 2, batchSize: 512, memoryBytes: 1 };
      const whole = await trainProbes(source, labels, options);
      const stateFile = at('state.safetensors');
      const controller = new AbortController();
      // The third batch of the second epoch is the last one that is learnt from.
      let reads = 0;
      const stopping: Labels = {
        ...labels,
        classOf(example, token) {
          if (++reads === 60 * 64 + 2 * 512 + 7) controller.abort();
          return labels.classOf(example, token);
        },
      };
      const stopped = { ...options, stateFile, signal: controller.signal };
      await expect(trainProbes(source, stopping, stopped)).rejects.toThrow();
      expect(await trainProbes(source, labels, { ...options, stateFile })).toEqual(whole);
    } finally {
      await set.close();
    }
  }, 60_000);

  it('says in a sentence what does not fit', async () => {
    const train = (more: object): Promise<unknown> =>
      trainClassification(ClassifyTrainConfig.parse({ ...settings(), ...more }));
    await expect(train({ kLatents: [1] })).rejects.toThrow('kLatents without an autoencoder');
    await expect(train({ valImgs: undefined })).rejects.toThrow('no validation images');
    await rename(at('val', 'photos', 'ring'), at('val', 'photos', 'rings'));
    await expect(train({})).rejects.toThrow(
      /1 class of '.*val\/photos' is not among those of '.*train\/photos': 'rings'/,
    );
    await rename(at('val', 'photos', 'rings'), at('val', 'photos', 'ring'));
    const evaluate = (more: object): Promise<unknown> =>
      evaluateClassification(
        ClassifyEvaluateConfig.parse({
          imgs: settings().valImgs,
          dumpTo: at('shards'),
          logTo: at('evaluated'),
          ...more,
        }),
      );
    await expect(evaluate({ ckptPath: at('nowhere') })).rejects.toThrow('missing folder of heads');
    const config = { learning_rate: 1, weight_decay: 0 };
    await writeHeadFolder(at('other', 'lr'), initHead(7, 3, 0), { config });
    await expect(evaluate({ ckptPath: at('other'), shards: at('shards') })).rejects.toMatchObject({
      name: 'UserError',
    });
  }, 60_000);
});

it('numbers classes by their names, and names those that are missing', () => {
  const labels = exampleLabels(['dog', 'cat'], Int32Array.of(0, 1, -1));
  const what = { labels: "'a'", classes: "'b'" };
  const same = renumbered(labels, ['cat', 'dog'], what);
  expect([0, 1, 2].map((i) => same.classOf(i, -1))).toEqual([1, 0, -1]);
  expect(() => renumbered(labels, ['cat', 'dog', 'fox', 'owl'], what)).toThrow(
    "2 classes of 'b' are not among those of 'a': 'fox', 'owl'",
  );
  expect(() => renumbered(labels, ['cat', 'cat'], what)).toThrow("two classes of 'b' are called");
});
