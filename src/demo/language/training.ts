// One transcoder for each MLP of the embedded model, on activations straight from it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { kindOfPath, readJson } from '../../base/files.ts';
import { logger } from '../../base/log.ts';
import { TrainConfig } from '../../training/config/train-config.ts';
import { configHash, readRunRecord } from '../../training/runs/run-directory.ts';
import { train } from '../../training/train.ts';
import { ROW_TOKENS } from './texts.ts';

const log = logger('demo');

/** Name of the embedded model. */
export const WORLD_MODEL = 'world-gpt2';
export const WORLD_LAYERS = [0, 1, 2, 3] as const;

/** Features of a transcoder, and how many of them fire on a token. */
const FEATURES = 512;
const FIRING = 8;

/** A trained transcoder, and how good it is by itself. */
export interface DemoTranscoder {
  readonly layer: number;
  readonly path: string;
  readonly l0: number;
  readonly normalizedMse: number;
  readonly nDead: number;
}

interface LanguageTrainingOptions {
  /** Rows of tokens, as `writeWorldRows` writes them. */
  readonly texts: string;
  readonly runRoot: string;
  /** Tokens that each transcoder is trained on. */
  readonly tokens: number;
  readonly seed: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the transcoder of a layer is trained. */
function transcoderConfig(
  layer: number,
  { texts, runRoot, tokens, seed, threads }: LanguageTrainingOptions,
): TrainConfig {
  return TrainConfig.parse({
    data: {
      layer: `blocks.${layer}.ln2.hook_normalized`,
      target: `blocks.${layer}.hook_mlp_out`,
      language: {
        texts: { type: 'text-files', root: texts },
        model: WORLD_MODEL,
        contextSize: ROW_TOKENS,
        packing: 'documents',
      },
    },
    sae: { kind: 'topk', k: FIRING, dSae: FEATURES, nReinitSamples: 2 ** 14 },
    objective: { sparsityCoeff: 0 },
    nPatches: tokens,
    saeBatchSize: 512,
    lr: 3e-3,
    lrSchedule: 'linearWarmupDecay',
    nLrWarmup: Math.min(30, Math.floor(tokens / 5120)),
    logEvery: 50,
    checkpointEvery: 0,
    nEvalRows: 2 ** 14,
    // Losses are measured on other texts, when all layers are there.
    nEvalContexts: 0,
    runRoot,
    resume: true,
    seed,
    threads,
  });
}

/** Train a transcoder for each layer, all in one pass of the model; those that an earlier demo has finished are taken as they are. */
export async function trainTranscoders(
  options: LanguageTrainingOptions,
): Promise<{ config: TrainConfig; transcoder: DemoTranscoder }[]> {
  const configs = WORLD_LAYERS.map((layer) => transcoderConfig(layer, options));
  const paths = await Promise.all(configs.map(finishedRun));
  const open = [...paths.keys()].filter((place) => paths[place] === undefined);
  for (const [layer, path] of paths.entries()) {
    if (path !== undefined)
      log.info(`the transcoder of layer ${layer} was trained before: ${path}`);
  }
  if (open.length > 0) {
    log.info(`training transcoders of layers ${open.join(', ')}`);
    const runs = await train(
      open.map((place) => configs[place]!),
      { signal: options.signal },
    );
    for (const [i, place] of open.entries()) paths[place] = runs[i]!.path;
  }
  const trained: { config: TrainConfig; transcoder: DemoTranscoder }[] = [];
  for (const [place, config] of configs.entries()) {
    const path = paths[place]!;
    const evaluation = Evaluation.parse(await readJson(join(path, 'eval.json'), 'evaluation'));
    trained.push({ config, transcoder: { layer: WORLD_LAYERS[place]!, path, ...evaluation } });
  }
  return trained;
}

const Evaluation = z.object({
  l0: z.number(),
  normalizedMse: z.number(),
  nDead: z.number(),
});

/** A finished run of this configuration. */
async function finishedRun(config: TrainConfig): Promise<string | undefined> {
  const { runRoot } = config;
  if ((await kindOfPath(runRoot)) !== 'folder') return undefined;
  const hash = configHash(config);
  for (const name of (await readdir(runRoot)).sort().reverse()) {
    const path = join(runRoot, name);
    if ((await kindOfPath(join(path, 'eval.json'))) !== 'file') continue;
    const record = await readRunRecord(path);
    if (record.status === 'finished' && record.configHash === hash) return path;
  }
  return undefined;
}
