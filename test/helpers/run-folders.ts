// Run directories as training leaves them, written by hand: no training is needed to compare runs.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunEvaluation, writeEvaluation } from '../../src/training/runs/evaluation-files.ts';

/** What a run directory is to hold. */
export interface RunFolder {
  readonly status?: 'running' | 'stopped' | 'finished';
  readonly minute?: number;
  readonly tag?: string;
  /** Settings over those of a small run. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly evaluation?: Partial<RunEvaluation>;
  readonly freqs?: Float32Array;
  readonly meanValues?: Float32Array;
  /** Lines of metrics. */
  readonly steps?: number;
  readonly shards?: string;
}

/** A line of metrics as training writes it. */
export function metricLine(step: number, scale = 1): Readonly<Record<string, number>> {
  return {
    step,
    time: 1_795_728_300 + step,
    'losses/mse': (0.5 * scale) / (1 + step / 20),
    'losses/l1': 80,
    'losses/sparsity': 0.8,
    'losses/loss': 1 + scale / (1 + step),
    'metrics/l0': 200 / (1 + step / 10),
    'metrics/l1': 80,
    'progress/n_patches_seen': (step + 1) * 100,
  };
}

/** The metadata of shards of images in the folder `root`. */
export function shardsMetadata(root = '/data/photos'): object {
  return {
    vit_family: 'clip',
    vit_ckpt: 'ViT-B-16/openai',
    layers: [-2],
    n_patches_per_img: 64,
    cls_token: true,
    d_vit: 8,
    seed: 42,
    n_imgs: 24,
    n_patches_per_shard: 24_000,
    data: `ImageFolderDataset(root='${root}')`,
  };
}

/** Write a run directory `name` in `root`. */
export async function writeRunFolder(
  root: string,
  name: string,
  run: RunFolder = {},
): Promise<string> {
  const { status = 'finished', minute = 0, tag, config, steps = 20, shards = 'shards' } = run;
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  const started = new Date(Date.UTC(2026, 10, 26, 12, minute)).toISOString();
  const record = {
    id: name,
    status,
    configHash: 'abc',
    started,
    tag,
    version: '0.1.0',
    kernels: '',
  };
  await writeFile(join(path, 'run.json'), JSON.stringify(record));
  const settings = {
    data: { shardRoot: shards, layer: -2 },
    sae: { kind: 'relu', expFactor: 4 },
    objective: { kind: 'vanilla', sparsityCoeff: 0.01 },
    nPatches: 2000,
    lr: 0.002,
    runRoot: root,
    ...config,
  };
  await writeFile(join(path, 'config.json'), JSON.stringify(settings));
  const lines = Array.from({ length: steps }, (_, i) => JSON.stringify(metricLine(10 * i)));
  await writeFile(join(path, 'metrics.jsonl'), lines.map((line) => `${line}\n`).join(''));
  if (status === 'finished') {
    const freqs = run.freqs ?? Float32Array.of(0, 0.5, 0.25, 0.001);
    await writeEvaluation(path, {
      rows: 1000,
      l0: 10,
      l1: 12,
      mse: 0.1,
      normalizedMse: 0.08,
      explainedVariance: 0.92,
      nDead: 1,
      nAlmostDead: 1,
      nDense: 2,
      almostDeadThreshold: 1e-7,
      denseThreshold: 0.01,
      ...run.evaluation,
      freqs,
      meanValues: run.meanValues ?? freqs.map((share) => (share > 0 ? 2 * share : Number.NaN)),
    });
  }
  return path;
}
