import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../../test/helpers/activation-data.ts';
import { textData, writeTexts } from '../../../test/helpers/text-activations.ts';
import type { ActivationSource, BatchOptions, TogetherReader } from '../../activations/types.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { TrainConfig, type TrainConfigInput } from '../config/train-config.ts';
import { readRunRecord } from '../runs/run-directory.ts';
import { train } from '../train.ts';
import type { TrainedRun } from './finish.ts';
import { trainTogether } from './group.ts';
import { openRows } from './open-rows.ts';

let kernels: Kernels;
let folder: string;
let shardRoot: string;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'saev-together-'));
  const metadata = smallMetadata({ nExamples: 90, layers: [0, 1, 'blocks.1.hook_mlp_out'] });
  shardRoot = (await writeSmallShards(join(folder, 'shards'), metadata)).folder;
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

type Data = NonNullable<TrainConfigInput['data']>;
let nRoots = 0;
const newRoot = (): string => join(folder, `runs-${nRoots++}`);

/** A run on rows of its own of the same shards; what is not said is the same for all. */
function run(data: Data, runRoot: string, change: TrainConfigInput = {}): TrainConfig {
  return TrainConfig.parse({
    data: { shardRoot, ...data },
    nPatches: 230,
    saeBatchSize: 16,
    nLrWarmup: 3,
    lr: 1e-2,
    logEvery: 5,
    checkpointEvery: 4,
    valShare: 0.2,
    valEvery: 9,
    sae: { kind: 'topk', k: 2, expFactor: 3 },
    runRoot,
    threads: 1,
    ...change,
  });
}

const TRANSCODER: Data = { layer: 1, target: 'blocks.1.hook_mlp_out' };
const SCALED: Data = { layer: 'blocks.1.hook_mlp_out' };
const MEAN: Data = { layer: 'meanpool', scaleNorm: false };
const CLS: Data = { layer: 0, patches: 'cls' };

/** Weights that runs leave, without what the files say of them. */
async function weightsOf(runs: readonly Pick<TrainedRun, 'path'>[]): Promise<Buffer[]> {
  const paths = runs.map(({ path }) => join(path, 'checkpoint', 'sae_weights.safetensors'));
  const files = await Promise.all(paths.map((path) => readFile(path)));
  return files.map((bytes) => bytes.subarray(8 + Number(bytes.readBigUInt64LE())));
}

/** What a run leaves that its rows decide: the weights, the curves without times, and the evaluation. */
async function leftBy({ path }: Pick<TrainedRun, 'path'>): Promise<unknown> {
  const lines = (await readFile(join(path, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return {
    weights: await weightsOf([{ path }]),
    lines: lines.map((line) => ({ ...(JSON.parse(line) as object), time: 0 })),
    evaluation: JSON.parse(await readFile(join(path, 'eval.json'), 'utf8')) as unknown,
    validation: await readFile(join(path, 'validation.json'), 'utf8'),
  };
}

/** Sources of the same rows, which call `onBatch` for each batch of the first, or of all where a model runs for all. */
function watched(sources: readonly ActivationSource[], onBatch: () => void): ActivationSource[] {
  async function* each<Batch>(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    for await (const batch of batches) {
      onBatch();
      yield batch;
    }
  }
  const [{ together }] = sources as [ActivationSource];
  const original = (source: ActivationSource) => Object.getPrototypeOf(source) as ActivationSource;
  const reader: TogetherReader | undefined = together && {
    areAlike: (a, b) => together.areAlike(original(a), original(b)),
    batches: (some, options) => each(together.batches(some.map(original), options)),
  };
  return sources.map((source, i) => {
    const batches = (options: BatchOptions) =>
      i === 0 ? each(source.batches(options)) : source.batches(options);
    const own = { batches: { value: batches }, together: { value: reader } };
    return Object.create(source, own) as ActivationSource;
  });
}

/** Train runs as `saev train` does, or stop them when so many batches were read. */
async function trainAll(runs: readonly TrainConfig[], nBatches = -1): Promise<TrainedRun[]> {
  const opened = await openRows(runs, {});
  const stop = new AbortController();
  let left = nBatches;
  const distinct = [...new Set(opened.rows.map(({ source }) => source))];
  const sources = watched(distinct, () => {
    if (left-- === 0) stop.abort(new Error('stopped'));
  });
  const rows = opened.rows.map((row) => ({
    ...row,
    source: sources[distinct.indexOf(row.source)]!,
  }));
  try {
    const asked = runs.map((config, i) => ({ config, rows: rows[i]! }));
    return await trainTogether(asked, { kernels, signal: stop.signal });
  } finally {
    await opened.close();
  }
}

async function alone(data: Data): Promise<unknown> {
  const [trained] = await trainAll([run(data, newRoot())]);
  return leftBy(trained!);
}

describe('coders on several hook points of the same shards', () => {
  it('end as those that are trained alone do, an autoencoder beside a transcoder', async () => {
    const all = [TRANSCODER, SCALED, MEAN, CLS];
    const trained = await trainAll(all.map((data, i) => run(data, `${newRoot()}-${i}`)));
    for (const [i, data] of all.entries()) {
      expect(trained[i]!.config.data).toMatchObject(data);
      expect(await leftBy(trained[i]!), JSON.stringify(data)).toEqual(await alone(data));
    }
  });

  it('mix fewer examples at a time where memory is short, after a stop, too', async () => {
    const change = { bufferMemory: 3e-6, resume: true, valShare: undefined, valEvery: undefined };
    const all = [TRANSCODER, SCALED];
    const runs = (root: string) => all.map((data) => run(data, root, change));
    const whole = await trainAll(runs(newRoot()));
    const { stream } = await readRunRecord(whole[0]!.path);
    expect(stream).toMatchObject({ bufferExamples: 16 });
    const root = newRoot();
    await expect(trainAll(runs(root), 9)).rejects.toThrow('stopped');
    // One of them goes on by itself, with room enough for more.
    await trainAll(runs(root).slice(1));
    const ended = await trainAll(runs(root));
    expect(await weightsOf(ended)).toEqual(await weightsOf(whole));
    const tiny = all.map((each) => run(each, newRoot(), { ...change, bufferMemory: 1e-6 }));
    await expect(trainAll(tiny)).rejects.toThrow('not enough memory to mix 2 sets of rows');
  });

  it('go on together from where they stopped, and ended runs are read', async () => {
    const all = [TRANSCODER, SCALED];
    const whole = [await alone(TRANSCODER), await alone(SCALED)];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 18 }), async (nBatches) => {
        const root = newRoot();
        const runs = all.map((data) => run(data, root, { resume: true }));
        await expect(trainAll(runs, nBatches)).rejects.toThrow('stopped');
        const ended = await trainAll(runs);
        expect(await Promise.all(ended.map(leftBy))).toEqual(whole);
        const again = await train(runs);
        expect(again.map(({ id }) => id)).toEqual(ended.map(({ id }) => id));
        expect(await readdir(root)).toHaveLength(all.length);
      }),
      { numRuns: 2 },
    );
  });

  it('end so on rows of a synthetic world, too, and go on from where they stopped', async () => {
    const synthetic = { nFeatures: 40, dModel: 8, roots: 3, depth: 2, rank: 2, nRows: 500 };
    const own = { valShare: undefined, valEvery: undefined, nEvalRows: 128, resume: true };
    const runs = (root: string) =>
      [{}, { scaleNorm: true, nRandomSamples: 300 }].map((scaling) => ({
        ...run({}, root, own),
        data: TrainConfig.parse({ data: { synthetic, ...scaling } }).data,
      }));
    const single = [];
    for (const one of runs(newRoot())) single.push(...(await trainAll([one])));
    expect(await weightsOf(await trainAll(runs(newRoot())))).toEqual(await weightsOf(single));
    const root = newRoot();
    await expect(trainAll(runs(root), 7)).rejects.toThrow('stopped');
    expect(await weightsOf(await trainAll(runs(root)))).toEqual(await weightsOf(single));
  });

  it('go on together where a model runs along', async () => {
    const texts = await writeTexts(folder, 60);
    const all = [
      { layer: 'blocks.0.ln2.hook_normalized', target: 'blocks.0.hook_mlp_out' },
      { layer: 'blocks.1.hook_resid_pre' },
    ];
    const runs = (runRoot: string) =>
      all.map((data) =>
        TrainConfig.parse({
          ...run({}, runRoot, { resume: true, nEvalRows: 100, nEvalContexts: 6 }),
          data: textData(texts, data),
        }),
      );
    const whole = await trainAll(runs(newRoot()));
    for (const nBatches of [3, 11]) {
      const root = newRoot();
      await expect(trainAll(runs(root), nBatches)).rejects.toThrow('stopped');
      const stopped = await readdir(root);
      expect(stopped).toHaveLength(all.length);
      const ended = await trainAll(runs(root));
      expect(ended.map(({ id }) => id).toSorted()).toEqual(stopped.toSorted());
      expect(await Promise.all(ended.map(leftBy))).toEqual(await Promise.all(whole.map(leftBy)));
    }
  });
});
