// Training on texts: the language model behind the activations, and where in it the coder belongs.
import type { DataLoad } from '../../activations/config.ts';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import type { OpenedSource } from '../../activations/source.ts';
import type { TextContexts } from '../../activations/types.ts';
import { blocksUpTo, type HookPoint, parseHook } from '../../backbones/hook-points.ts';
import { openLanguageModel } from '../../backbones/language/open.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { TextConfig } from '../../data/texts/config.ts';
import { textKindOf } from '../../data/texts/sources/open-texts.ts';
import type { TrainConfig } from '../config/train-config.ts';
import type { CoderPlace } from './substitution.ts';

const log = logger('train');

/** A model that can be run again on the contexts that a source's rows come from. */
export interface TextModelOfRows {
  readonly backbone: LanguageBackbone;
  readonly contexts: TextContexts;
  readonly nContexts: number;
  /** Contexts in one run of the model. */
  readonly batchContexts: number;
  readonly place: CoderPlace;
  close(): Promise<void>;
}

/**
 * Find the model of a source of texts: the one that runs along, or, for recorded texts, the one that they were recorded
 * with. Undefined for images, and, with a warning, where that model can no longer be opened.
 */
export async function openModelOfRows(
  data: DataLoad,
  { source, language }: OpenedSource,
  options: { threads?: number; signal?: AbortSignal },
): Promise<TextModelOfRows | undefined> {
  const { contexts, nExamples } = source;
  if (contexts === undefined) return undefined;
  const rest = {
    contexts,
    nContexts: nExamples,
    batchContexts: data.language?.batchContexts ?? 32,
  };
  if (language !== undefined) {
    const { backbone } = language;
    return { ...rest, backbone, place: placeOf(data, backbone), close: async () => undefined };
  }
  let backbone: LanguageBackbone;
  try {
    const { signal, threads } = options;
    backbone = await openLanguageModel(contexts.model, {
      processing: contexts.processing,
      tokenizer: false,
      threads,
      signal,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn(
      `the model of the recorded texts cannot be opened, so its loss is not measured: ${error.message}`,
    );
    return undefined;
  }
  return {
    ...rest,
    backbone,
    place: placeOf(data, backbone),
    close: () => backbone.close(),
  };
}

/** Name the hook points that a coder of these activations reads and reconstructs. */
export function placeOf(
  data: Pick<DataLoad, 'layer' | 'target' | 'head'>,
  backbone: LanguageBackbone,
): CoderPlace {
  const { config, checkpoint, hookPoints, optionalHookPoints } = backbone;
  const model = {
    nLayers: config.nLayers,
    checkpoint,
    hookPoints: [...hookPoints, ...optionalHookPoints],
  };
  // Recorded heads are named like elements: blocks.0.attn.hook_z[3].
  const parts = (layer: number | string): { layer: number | string; head?: number } => {
    const [, point, head] = /^(.+)\[(\d+)\]$/.exec(String(layer)) ?? [];
    return point === undefined ? { layer } : { layer: point, head: Number(head) };
  };
  const from = parts(data.layer);
  const input = layerHook(from.layer, model);
  const output = data.target === undefined ? input : layerHook(parts(data.target).layer, model);
  const head = typeof data.head === 'number' ? data.head : from.head;
  return { input, output, ...(head === undefined ? {} : { head }) };
}

/** Token ids of `count` contexts from `first` on, going round at the end. */
export async function readTokens(
  { contexts, nContexts }: Pick<TextModelOfRows, 'contexts' | 'nContexts'>,
  first: number,
  count: number,
): Promise<Int32Array[]> {
  const tokens: Int32Array[] = [];
  for (let i = 0; i < count; i++) tokens.push(await contexts.tokens((first + i) % nContexts));
  return tokens;
}

/**
 * What a checkpoint says of its training on texts, under the names of SAELens (`hook_name`) and of transcoder-circuits
 * (`hook_point`), whose programs look for them. Empty for images.
 */
export function textMetadata(
  config: TrainConfig,
  text: Pick<TextModelOfRows, 'backbone' | 'contexts' | 'place'> | undefined,
): Record<string, unknown> {
  if (text === undefined) return {};
  const { backbone, contexts, place } = text;
  const { nLayers } = backbone.config;
  const { input, output, head } = place;
  const { language, target } = config.data;
  const isTranscoder = target !== undefined;
  const texts = language?.texts;
  return {
    model_name: contexts.model,
    hook_name: input,
    hook_point: input,
    hook_layer: layerOf(input, nLayers),
    hook_point_layer: layerOf(input, nLayers),
    hook_head_index: head ?? null,
    hook_point_head_index: head ?? null,
    is_transcoder: isTranscoder,
    ...(isTranscoder
      ? {
          hook_name_out: output,
          out_hook_point: output,
          hook_layer_out: layerOf(output, nLayers),
          out_hook_point_layer: layerOf(output, nLayers),
        }
      : {}),
    context_size: contexts.contextSize,
    dataset_path: texts === undefined ? '' : nameOf(texts),
    ...(language === undefined ? {} : { prepend_bos: language.prependBos }),
    ...trainingFields(config),
  };
}

function nameOf(texts: TextConfig): string {
  const { datasetPath, name } = textKindOf(texts);
  return (datasetPath ?? name)(texts);
}

/** Fields of transcoder-circuits' dataclass about the training itself. */
function trainingFields(config: TrainConfig): Record<string, unknown> {
  const { sae, objective } = config;
  const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return {
    l1_coefficient: objective.sparsityCoeff,
    lr: config.lr,
    lr_scheduler_name: config.lrSchedule.toLowerCase(),
    lr_warm_up_steps: config.nLrWarmup,
    train_batch_size: config.saeBatchSize,
    total_training_tokens: config.nPatches,
    b_dec_init_method: snake(sae.bDecInit),
    use_ghost_grads: sae.ghostGrads,
    feature_sampling_method: config.resampling === 'none' ? null : config.resampling,
    feature_sampling_window: config.featureSamplingWindow,
    resample_batches: config.resampleBatches,
    feature_reinit_scale: config.featureReinitScale,
    dead_feature_window: config.deadFeatureWindow,
    dead_feature_estimation_method: snake(config.deadFeatureEstimation),
    dead_feature_threshold: config.deadFeatureThreshold,
    seed: config.seed,
  };
}

/** Block of a hook point; 0 for the embeddings, which the first block reads, and `nLayers` behind the last one. */
function layerOf(point: HookPoint, nLayers: number): number {
  return parseHook(point)?.layer ?? Math.min(blocksUpTo(point), nLayers);
}
