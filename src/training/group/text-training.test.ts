import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textData, writeTexts } from '../../../test/helpers/text-activations.ts';
import { openSource } from '../../activations/source.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from '../../activations/types.ts';
import { cpuKernels } from '../../compute/kernels/cpu/kernels.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import { readCheckpoint, writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { hookPointsOf } from '../../sae/hook-points.ts';
import { readLogSparsity } from '../../sae/log-sparsity.ts';
import { TrainConfig, type TrainConfigInput } from '../config/train-config.ts';
import { openModelOfRows } from '../evaluation/texts.ts';
import type { TrainedRun } from './finish.ts';
import { trainGroup } from './group.ts';

let kernels: Kernels;
let folder: string;
let texts: string;
beforeAll(async () => {
  kernels = await cpuKernels({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'saev-text-training-'));
  texts = await writeTexts(folder, 60);
});
afterAll(async () => {
  await kernels.close();
  await rm(folder, { recursive: true });
});

const D = 16;
const MLP = { layer: 'blocks.0.ln2.hook_normalized', target: 'blocks.0.hook_mlp_out' };

function configOf(name: string, change: TrainConfigInput = {}): TrainConfig {
  const { data, ...rest } = change;
  return TrainConfig.parse({
    nPatches: 800,
    saeBatchSize: 40,
    lr: 1e-2,
    lrSchedule: 'constant',
    logEvery: 1,
    checkpointEvery: 0,
    nEvalRows: 100,
    nEvalContexts: 6,
    evalEvery: 0,
    runRoot: join(folder, name),
    ...rest,
    sae: { expFactor: 3, ...rest.sae },
    data: textData(texts, data as Parameters<typeof textData>[1]),
  });
}

/** The source, which calls `onBatch` with the number of each batch it hands out. */
function counting(source: ActivationSource, onBatch: (n: number) => void): ActivationSource {
  let n = 0;
  async function* batches(options: BatchOptions): AsyncGenerator<ActivationBatch> {
    for await (const batch of source.batches(options)) {
      onBatch(++n);
      yield batch;
    }
  }
  return Object.create(source, { batches: { value: batches } }) as ActivationSource;
}

async function train(
  config: TrainConfig,
  options: { onBatch?: (n: number) => void; signal?: AbortSignal } = {},
): Promise<TrainedRun> {
  const opened = await openSource(config.data, { threads: 1, holdOut: config.nEvalContexts });
  const text = await openModelOfRows(config.data, opened, {});
  try {
    const source = counting(opened.source, options.onBatch ?? (() => {}));
    const { scaling } = opened;
    const [run] = await trainGroup([config], source, {
      kernels,
      scaling,
      text,
      version: '0.0.0',
      signal: options.signal,
    });
    return run!;
  } finally {
    await opened.source.close();
  }
}

async function metricLines(run: { path: string }): Promise<Record<string, number>[]> {
  const lines = (await readFile(join(run.path, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { time: _, ...rest } = JSON.parse(line) as Record<string, number>;
    return rest;
  });
}

const weightsOf = (run: { path: string }): Promise<Buffer> =>
  readFile(join(run.path, 'checkpoint', 'sae_weights.safetensors'));

describe('training on texts', () => {
  it('trains a transcoder that says where it belongs, in every format', async () => {
    const run = await train(configOf('transcoder', { data: MLP }));
    const coder = await readCheckpoint(join(run.path, 'checkpoint'));
    expect(coder.config).toMatchObject({
      dIn: D,
      dOut: D,
      dSae: 3 * D,
      subtractDecoderBias: false,
      isTranscoder: true,
      metadata: { context_size: 10, dataset_path: texts, is_transcoder: true },
    });
    const place = { input: MLP.layer, output: MLP.target, layer: 0 };
    expect(hookPointsOf(coder)).toMatchObject(place);
    const pt = join(folder, 'transcoder.pt');
    await writeCheckpoint(coder, pt, 'transcoder-circuits');
    const again = await readCheckpoint(pt);
    expect(hookPointsOf(again)).toEqual(hookPointsOf(coder));
    expect(again.config.metadata).toMatchObject({ l1_coefficient: 4e-4, is_transcoder: true });

    const lines = await metricLines(run);
    expect(lines.at(-2)!['losses/mse']).toBeLessThan(lines[0]!['losses/mse']! / 2);
  });

  it('measures what the coder costs the model, on as many rows and contexts as it is told', async () => {
    const run = await train(configOf('costs', { data: MLP }));
    const written = JSON.parse(await readFile(join(run.path, 'eval.json'), 'utf8'));
    const { ceLossClean, ceLossReplaced, ceLossZeroAblated, ceLossScore } = written;
    expect(written).toMatchObject({ rows: 100, nEvalContexts: 6 });
    expect(ceLossScore).toBeCloseTo(
      (ceLossZeroAblated - ceLossReplaced) / (ceLossZeroAblated - ceLossClean),
    );
    expect(written.l2Norm / written.l2Ratio).toBeGreaterThan(0);
    expect((await metricLines(run)).at(-1)).toMatchObject({ 'metrics/CE_loss_score': ceLossScore });
    expect(written).not.toHaveProperty('attentionKlReplaced');
  });

  it('evaluates in the model on the way, on contexts that it does not train on', async () => {
    const run = await train(configOf('curve', { data: MLP, nEvalContexts: 2, evalEvery: 6 }));
    const lines = await metricLines(run);
    const curve = lines.filter((line) => 'metrics/CE_loss_score' in line);
    expect(curve.map(({ step }) => step)).toEqual([5, 11, 17, 20]);
    for (const line of curve) {
      expect(line).toMatchObject({ 'eval/n_contexts': 2, 'eval/n_held_out_contexts': 2 });
      expect(line['metrics/ce_loss_without_sae']).toBe(curve[0]!['metrics/ce_loss_without_sae']);
    }
    // Their numbers stand in the lines of their steps.
    expect(lines.filter((line) => 'losses/loss' in line)).toHaveLength(20);
    const few = await train(
      configOf('few', { data: MLP, nEvalContexts: 5, nPatches: 80, track: false }),
    );
    expect(few.evaluation).toMatchObject({ nEvalContexts: 5, nHeldOutContexts: 0 });
    expect(await metricLines(few)).toHaveLength(1);
  });

  it('trains an autoencoder of one head, and measures its attention', async () => {
    const data = { layer: 'blocks.1.attn.hook_q', head: 3 };
    const run = await train(configOf('head', { data, sae: { bDecInit: 'geometricMedian' } }));
    const coder = await readCheckpoint(join(run.path, 'checkpoint'));
    expect(coder.config).toMatchObject({ dIn: 4, dOut: 4, subtractDecoderBias: true });
    expect(hookPointsOf(coder)).toMatchObject({ input: data.layer, layer: 1, head: 3 });
    expect(run.evaluation.attentionKlReplaced).toBeGreaterThanOrEqual(0);
    expect(run.evaluation.attentionKlReplaced).toBeLessThan(run.evaluation.attentionKlZeroAblated!);
  });

  it('writes coders on the way, and the log frequencies of the last window', async () => {
    const change = { nCheckpoints: 3, featureSamplingWindow: 8, track: false };
    const run = await train(configOf('way', change));
    expect((await readdir(join(run.path, 'checkpoints'))).sort()).toEqual(['240', '440', '640']);
    for (const at of [run.path, join(run.path, 'checkpoints', '440')]) {
      const sparsity = await readLogSparsity(at);
      expect(sparsity).toHaveLength(3 * D);
      for (const value of sparsity) {
        expect(value).toBeGreaterThanOrEqual(-10);
        expect(value).toBeLessThanOrEqual(1e-6);
      }
    }
    const early = await readCheckpoint(join(run.path, 'checkpoints', '240'));
    expect(hookPointsOf(early).input).toBe(MLP.layer);
  });

  it('goes on after a stop with ghost gradients and resampling, and ends with the same bits', async () => {
    const change: TrainConfigInput = {
      data: MLP,
      sae: { ghostGrads: true, expFactor: 4 },
      lr: 0.05,
      objective: { sparsityCoeff: 10 },
      resampling: 'anthropic',
      resampleBatches: 2,
      deadFeatureWindow: 7,
      featureSamplingWindow: 5,
    };
    const whole = await train(configOf('whole', change));
    const lines = await metricLines(whole);
    const resampled = lines.filter((line) => line['metrics/n_resampled_neurons']! > 0);
    expect(resampled.length).toBeGreaterThan(0);
    expect(lines.some((line) => line['losses/ghost_grad']! > 0)).toBe(true);
    for (const stopAt of [4, 16]) {
      const name = `stopped at ${stopAt}`;
      const stop = new AbortController();
      // One batch is read for the start of the biases.
      const onBatch = (n: number): void => {
        if (n === stopAt + 1) stop.abort(new Error('stopped'));
      };
      const { signal } = stop;
      await expect(train(configOf(name, change), { onBatch, signal })).rejects.toThrow('stopped');
      const run = await train(configOf(name, { ...change, resume: true }));
      expect(await readdir(join(folder, name))).toHaveLength(1);
      expect(await metricLines(run)).toEqual(lines);
      expect((await weightsOf(run)).equals(await weightsOf(whole))).toBe(true);
      expect(await readLogSparsity(run.path)).toEqual(await readLogSparsity(whole.path));
    }
  });

  it('keeps decoder rows from the directions of another coder', async () => {
    const other = await train(configOf('other', { data: MLP }));
    const dots = async (coefficient: number): Promise<number> => {
      const sparseConnection = { path: other.path, coefficient };
      const change = { data: MLP, sae: { seed: 4 }, sparseConnection };
      const run = await train(configOf(`connected ${coefficient}`, change));
      return (await metricLines(run)).at(-2)!['losses/sparse_connection']! / coefficient;
    };
    expect(await dots(1)).toBeLessThan(0.8 * (await dots(1e-9)));
    const data = { layer: 'blocks.1.attn.hook_q', head: 3 };
    const wrong = { data, sparseConnection: { path: other.path, coefficient: 1 } };
    await expect(train(configOf('wrong', wrong))).rejects.toThrow(
      'have 16 numbers, what is reconstructed has 4',
    );
  });
});
