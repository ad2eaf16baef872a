// A coder beside the language model that it was trained on, found from what its run and checkpoint say.

import { findShards } from '../../activations/find-shards.ts';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import { readTexts } from '../../activations/shards/context-files.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import { type LanguageModel, openLanguageModel } from '../../backbones/language/open.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { dataOfRun } from '../../visuals/data-of-run.ts';
import type { SemprobeTextsConfig } from './config.ts';

/** A coder, its model, and where it reads. */
export interface CoderInModel {
  readonly coder: Coder;
  readonly backbone: LanguageModel;
  readonly point: HookPoint;
  readonly head: number | undefined;
  /** Whether texts begin with the token that begins a text, as they did in training. */
  readonly prependBos: boolean;
  close(): Promise<void>;
}

/** What is known of a training on texts. */
export interface Trained {
  readonly model?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly processing?: boolean | undefined;
  readonly prependBos?: boolean | undefined;
  readonly layer?: string | number | undefined;
  readonly head?: number | 'all' | undefined;
  /** Settings that the texts were opened by. */
  readonly texts?: unknown;
}

/**
 * Open the model that a coder was trained on, and the coder. What settings name comes before what the run says, and that
 * before what the checkpoint says.
 * @throws {UserError} when nothing says which model it is, or where in it the coder reads.
 */
export async function openCoderInModel(
  run: string,
  read: SparseCoder,
  config: SemprobeTextsConfig,
  signal?: AbortSignal,
): Promise<CoderInModel> {
  const trained = await trainedOn(run);
  const { place } = read.config;
  const model = config.model ?? trained.model ?? place?.model;
  if (model === undefined) {
    throw new UserError(`missing model: '${run}' does not say which language model it is of`, {
      hint: 'name it with --model',
    });
  }
  const { threads, device } = config;
  const backbone = await openLanguageModel(model, {
    processing: config.processing ?? trained.processing ?? true,
    tokenizer: config.tokenizer ?? (config.model === undefined ? trained.tokenizer : undefined),
    threads,
    signal,
  });
  try {
    const layer = config.layer ?? place?.input ?? trained.layer;
    if (layer === undefined) {
      throw new UserError(`missing hook point: '${run}' does not say what it reads`, {
        hint: 'name it with --layer',
      });
    }
    const { config: shape, checkpoint, hookPoints, optionalHookPoints } = backbone;
    const point = layerHook(layer as HookPoint, {
      nLayers: shape.nLayers,
      checkpoint,
      hookPoints: [...hookPoints, ...optionalHookPoints],
    });
    const named = config.head ?? place?.head ?? trained.head;
    const coder = await openCoder(read, { device, threads, ...(signal && { signal }) });
    return {
      coder,
      backbone,
      point,
      head: named === 'all' ? undefined : named,
      prependBos: trained.prependBos ?? true,
      async close() {
        await coder.close();
        await backbone.close();
      },
    };
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

/** What a run says of the model that it was trained on; nothing where it is no run, or its shards are gone. */
export async function trainedOn(run: string): Promise<Trained> {
  const data = await dataOfRun(run);
  if (data === undefined) return {};
  const { layer, head, language } = data;
  if (language !== undefined) return { ...language, layer, head };
  try {
    return { ...(await readTexts(await findShards(data.shardRoot, data))), layer, head };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { layer, head };
  }
}
