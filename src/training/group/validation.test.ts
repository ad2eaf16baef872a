import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallMetadata, writeSmallShards } from '../../../test/helpers/activation-data.ts';
import { openSource } from '../../activations/source.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from '../../activations/types.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { readRunEntry } from '../comparing/run-entry.ts';
import { TrainConfig, type TrainConfigInput } from '../config/train-config.ts';
import { validationOf } from '../config/validation-config.ts';
import { readEvaluation } from '../runs/evaluation-files.ts';
import { train } from '../train.ts';
import type { TrainedRun } from './finish.ts';
import { trainGroup } from './group.ts';

const N = 60;
let kernels: Kernels;
let folder: string;
let shardRoot: string;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'saev-held-out-'));
  shardRoot = (await writeSmallShards(join(folder, 'shards'), smallMetadata({ nExamples: N })))
    .folder;
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

function configs(name: string, change: TrainConfigInput = {}): TrainConfig[] {
  const base = {
    data: { shardRoot, layer: -1 },
    nPatches: 500,
    saeBatchSize: 30,
    nLrWarmup: 3,
    lr: 1e-2,
    logEvery: 4,
    checkpointEvery: 4,
    valShare: 0.2,
    valEvery: 3,
    runRoot: join(folder, name),
    threads: 1,
    ...change,
  };
  const sae = { expFactor: 3, seed: 1 };
  return [
    TrainConfig.parse({ ...base, sae }),
    TrainConfig.parse({ ...base, lr: 5e-3, sae: { ...sae, kind: 'topk', k: 2 } }),
  ];
}

/** Train as `saev train` does, on a source that is looked at. */
async function trainOn(
  group: readonly TrainConfig[],
  look: { onBatch?: (n: number, batch: ActivationBatch) => void; signal?: AbortSignal } = {},
): Promise<{ runs: TrainedRun[]; kept: Uint32Array | undefined }> {
  const { data } = group[0]!;
  const opened = await openSource(data, { validation: validationOf(group[0]!) });
  let n = 0;
  async function* batches(options: BatchOptions): AsyncGenerator<ActivationBatch> {
    for await (const batch of opened.source.batches(options)) {
      look.onBatch?.(++n, batch);
      yield batch;
    }
  }
  const source = Object.create(opened.source, { batches: { value: batches } }) as ActivationSource;
  const { scaling, validation } = opened;
  const { signal } = look;
  try {
    const options = { kernels, scaling, validation, version: '0', ...(signal && { signal }) };
    return { runs: await trainGroup(group, source, options), kept: validation?.examples };
  } finally {
    await opened.source.close();
  }
}

type Line = Record<string, number>;
async function metricLines(path: string): Promise<Line[]> {
  const text = await readFile(join(path, 'metrics.jsonl'), 'utf8');
  const lines = text.trim().split('\n');
  return lines.map((line) => {
    const { time: _, ...rest } = JSON.parse(line) as Line;
    return rest;
  });
}

const weightsOf = async ({ path }: TrainedRun): Promise<Buffer> => {
  const bytes = await readFile(join(path, 'checkpoint', 'sae_weights.safetensors'));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
};

describe('validation', () => {
  it('stands in metrics, evaluation, record and table, for each coder of a group', async () => {
    const seen = new Set<number>();
    const { runs, kept } = await trainOn(configs('whole'), {
      onBatch: (_, { exampleIndex }) => exampleIndex.forEach((example) => void seen.add(example)),
    });
    expect(kept).toHaveLength(12);
    expect([...seen].filter((example) => kept!.includes(example))).toEqual([]);
    expect(seen.size).toBe(N - 12);
    for (const run of runs) {
      const lines = await metricLines(run.path);
      const validated = lines.filter((line) => 'val/mse' in line);
      expect(validated.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, lines.at(-1)!.step]);
      expect(validated[0]).not.toHaveProperty('losses/mse');
      const { validation } = run.evaluation;
      expect(validation).toMatchObject({ rows: 36, nExamples: 12 });
      expect(validated.at(-1)).toMatchObject({
        'val/mse': validation!.mse,
        'val/explained_variance': 1 - validation!.normalizedMse,
        'val/dead_share': validation!.nDead / 12,
        'eval/rows': (N - 12) * 3,
      });
      const { validation: read } = await readEvaluation(run.path);
      expect(read).toEqual(validation);
      const record = JSON.parse(await readFile(join(run.path, 'validation.json'), 'utf8'));
      expect(record).toEqual({ from: 'share', nAll: N, nRead: 12, examples: [...kept!] });
      const { metrics } = await readRunEntry(run.path);
      expect(metrics).toMatchObject({ valMse: validation!.mse, valL0: validation!.l0 });
    }
    expect(runs[0]!.evaluation.validation).not.toEqual(runs[1]!.evaluation.validation);
  });

  it('changes nothing of what is trained', async () => {
    const often = await trainOn(configs('often', { valEvery: 1, nValRows: 7 }));
    const never = await trainOn(configs('never', { valEvery: 0, track: false }));
    for (const [i, run] of often.runs.entries()) {
      expect(run.evaluation.validation).toMatchObject({ nExamples: 3, rows: 9 });
      expect(await weightsOf(run)).toEqual(await weightsOf(never.runs[i]!));
    }
    const without = { valShare: undefined, valEvery: undefined };
    const [run] = (await trainOn(configs('without', without))).runs;
    expect(run!.evaluation).not.toHaveProperty('validation');
    expect(await readdir(run!.path)).not.toContain('validation.json');
    const config = await readFile(join(run!.path, 'config.json'), 'utf8');
    expect(config).not.toMatch(/"n?[vV]al[A-Z]/);
  });

  it('goes on after a stop at any step, in a validation too, as if there had been none', async () => {
    const whole = (await trainOn(configs('uninterrupted'))).runs;
    for (const stopAt of [2, 6, 13]) {
      const name = `stopped at ${stopAt}`;
      const stop = new AbortController();
      const look = {
        // One batch is read for b_dec's start.
        onBatch: (n: number) => n === stopAt + 1 && stop.abort(new Error('stopped')),
        signal: stop.signal,
      };
      await expect(trainOn(configs(name), look as never)).rejects.toThrow('stopped');
      const { runs } = await trainOn(configs(name, { resume: true }));
      expect(await readdir(join(folder, name))).toHaveLength(2);
      for (const [i, run] of runs.entries()) {
        expect(await weightsOf(run)).toEqual(await weightsOf(whole[i]!));
        expect(await metricLines(run.path)).toEqual(await metricLines(whole[i]!.path));
        expect(run.evaluation).toEqual(whole[i]!.evaluation);
      }
    }
  });

  it('takes a finished run up without training, and refuses another share of it', async () => {
    const again = configs('finished', { nPatches: undefined, nLrWarmup: undefined, resume: true });
    const given = { ...again[0]!, nPatches: 300 };
    const [first] = await train([given]);
    const [second] = await train([given]);
    expect(second).toMatchObject({ id: first!.id, evaluation: first!.evaluation });
    const [other] = await train([{ ...given, valSeed: 1 }]);
    expect(other!.id).not.toBe(first!.id);
  });

  it('says in a sentence what it cannot do, before anything is written', async () => {
    const refused = async (change: TrainConfigInput, text: string | RegExp): Promise<void> => {
      const [config] = configs('refused', { valShare: undefined, valEvery: undefined, ...change });
      await expect(train([config!])).rejects.toThrow(text);
      await expect(readdir(join(folder, 'refused'))).rejects.toThrow('ENOENT');
    };
    await refused({ valEvery: 5 }, 'missing validation data: valEvery is set');
    await refused({ valData: {} }, 'missing validation data: valData names none');
    await refused({ valShare: 0.1, valData: { shardRoot } }, 'valData.shardRoot and valShare');
    await refused({ valData: { shardRoot } }, 'holds what is trained on');
    await refused({ valData: { shardRoot: join(folder, 'no') } }, 'missing activations');
    await refused(
      { valData: { images: { type: 'image-folder', root: folder } } },
      'invalid valData.images: no model runs along',
    );
    const { folder: one } = await writeSmallShards(
      join(folder, 'one'),
      smallMetadata({ nExamples: 1 }),
    );
    await refused(
      { data: { shardRoot: one, layer: -1 }, valShare: 0.5 },
      'nothing can be kept apart',
    );
    for (const valShare of [0, 1, -1, Number.NaN, 2]) {
      expect(TrainConfig.safeParse({ valShare }).success).toBe(false);
    }
  });
});
