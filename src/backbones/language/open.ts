// Opening a language model: its published weights as they are, or processed as TransformerLens does by default.
import { openSession } from '../../compute/onnx/session.ts';
import type { Tokenizer } from '../../data/texts/tokenizer.ts';
import type { HubOptions } from '../../hub/client.ts';
import { LANGUAGE_FAMILIES } from './families/registry.ts';
import type { LanguageFamily } from './family.ts';
import { readLanguageModel } from './read-model.ts';
import { loadTokenizerOf, type ResolvedLanguageModel, resolveLanguageModel } from './resolve.ts';
import type { EngineOptions } from './running/engine.ts';
import { type LanguageBackboneOptions, languageBackbone } from './running/language-backbone.ts';
import type { LanguageBackbone } from './types.ts';
import type { ProcessingOptions } from './weights/processing.ts';

/** How a language model is opened: its weights' processing, its tokenizer, threads, memory, where the hub's cache is. */
export interface LanguageOptions
  extends Omit<EngineOptions, 'weightsFolder' | 'openSession'>,
    Pick<LanguageBackboneOptions, 'tokensPerRun'>,
    Pick<HubOptions, 'settings'> {
  /** Process the weights, all steps or those chosen; false takes them as published. True by default. */
  readonly processing?: boolean | ProcessingOptions;
  /** Name of a tokenizer to take in place of the model's own; false for none. */
  readonly tokenizer?: string | false;
  /** The families to choose among; those that come with saev by default. */
  readonly families?: readonly LanguageFamily[];
}

/** A language model ready to run, and the tokenizer that makes its tokens. */
export interface LanguageModel extends LanguageBackbone {
  readonly tokenizer: Tokenizer;
}

/**
 * Open a language model by name, with its tokenizer, or one that `resolveLanguageModel` has found. What is not in the
 * cache is downloaded. Weights stay on disk until the first run; processed ones are computed once and kept in saev's part
 * of the cache.
 *
 * @throws {UserError} when the name is unknown, when the hub gives nothing, and when weights or tokenizer are missing or
 * do not fit the config
 */
export async function openLanguageModel(
  model: string | ResolvedLanguageModel,
  options: LanguageOptions & { readonly tokenizer: false },
): Promise<LanguageBackbone>;
export async function openLanguageModel(
  model: string | ResolvedLanguageModel,
  options?: LanguageOptions & { readonly tokenizer?: string },
): Promise<LanguageModel>;
export async function openLanguageModel(
  model: string | ResolvedLanguageModel,
  options: LanguageOptions = {},
): Promise<LanguageBackbone | LanguageModel> {
  const { tokenizer: name, settings, families = LANGUAGE_FAMILIES, processing, ...rest } = options;
  const hub = { settings, signal: options.signal };
  const found =
    typeof model === 'string' ? await resolveLanguageModel(model, { ...hub, families }) : model;
  // The tokenizer first: processing weights takes long.
  const tokenizer = name === false ? undefined : await loadTokenizerOf(found, { ...hub, name });
  const { sources, parts, ...read } = await readLanguageModel(found, {
    ...hub,
    families,
    processing,
  });
  const backbone = { ...languageBackbone(parts, { ...rest, ...read, openSession }), sources };
  return tokenizer === undefined ? backbone : { ...backbone, tokenizer };
}
