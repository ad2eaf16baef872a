// All that a trace needs, opened from its settings: model, tokenizer, transcoders, prompt and roots.
import { openLanguageModel } from '../backbones/language/open.ts';
import { UserError } from '../base/errors.ts';
import type { Tokenizer } from '../data/texts/tokenizer.ts';
import { resolveTranscoders } from '../training/runs/transcoders-of-runs.ts';
import type { CircuitsConfig } from './config.ts';
import { ofEachLayer } from './each-layer.ts';
import { promptNames } from './graph/names.ts';
import type { CircuitWorld, OnTraceProgress } from './method.ts';
import { rootsOf } from './roots.ts';
import { openTranscoders } from './transcoders.ts';

/** A world that is closed by whoever opened it. */
export interface OpenCircuitWorld extends CircuitWorld {
  close(): Promise<void>;
}

/**
 * Open what a config names.
 * @throws {UserError} for a model, transcoders, a prompt or roots that there are not, or that do not fit each other.
 */
export async function openCircuitWorld(
  given: CircuitsConfig,
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: OnTraceProgress | undefined;
  } = {},
): Promise<OpenCircuitWorld> {
  onProgress?.({ doing: 'opening the model and its transcoders' });
  const named = await ofEachLayer(given.transcoders, signal && { signal });
  const config = await resolveTranscoders({ ...given, transcoders: named }, { signal });
  const { device, model, threads, prompt, processing } = config;
  const options = { processing, tokenizer: config.tokenizer, threads, signal };
  const backbone = await openLanguageModel(model, options);
  try {
    const { tokenizer } = backbone;
    const tokens = promptTokens(config, tokenizer, backbone.config.nCtx);
    const transcoders = await openTranscoders(config.transcoders, {
      backbone,
      device,
      threads,
      signal,
    });
    const close = async (): Promise<void> => {
      await transcoders.close();
      await backbone.close();
    };
    try {
      const roots = await rootsOf(config, tokenizer, { signal });
      const names = await promptNames(prompt, tokens, { backbone, transcoders, tokenizer });
      return { backbone, transcoders, tokens, roots, names, threads, signal, onProgress, close };
    } catch (error) {
      await transcoders.close();
      throw error;
    }
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

function promptTokens(
  { prompt, prependBos }: CircuitsConfig,
  tokenizer: Tokenizer,
  nCtx: number,
): number[] {
  const tokens = [...tokenizer.encode(prompt, { prependBos })];
  if (tokens.length > nCtx) {
    throw new UserError(`invalid prompt: ${tokens.length} tokens, the model takes ${nCtx}`);
  }
  return tokens;
}
