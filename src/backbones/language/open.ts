// Opening a language model: its published weights as they are, or processed as TransformerLens does by default.
import type { HubOptions } from '../../hub/client.ts';
import { openWeights, type Weights } from '../weights.ts';
import type { ResolvedLanguageModel } from './checkpoints.ts';
import { gpt2Parts, gpt2Tensors } from './families/gpt2.ts';
import { lensParts, lensTensors } from './families/lens.ts';
import { neoxParts, neoxTensors } from './families/neox.ts';
import type { LanguageParts } from './graph/language.ts';
import type { LanguageArchitecture, LanguageConfig } from './model-config.ts';
import type { EngineOptions } from './running/engine.ts';
import { type LanguageBackboneOptions, languageBackbone } from './running/language-backbone.ts';
import type { LanguageBackbone } from './types.ts';
import { languageMatrices } from './weights/matrices.ts';
import { processedFile } from './weights/processed-file.ts';
import { type ProcessingOptions, processedConfig } from './weights/processing.ts';
import type { LensTensors } from './weights/tensors.ts';

/** How a language model is opened: its weights' processing, threads, memory. */
export interface OpenLanguageOptions
  extends Omit<EngineOptions, 'weightsFolder'>,
    Pick<LanguageBackboneOptions, 'tokensPerRun'>,
    Pick<HubOptions, 'settings'> {
  /** Process the weights, all steps or those chosen; false takes them as published. True by default. */
  readonly processing?: boolean | ProcessingOptions;
}

interface Family {
  parts(weights: Weights, config: LanguageConfig): LanguageParts;
  tensors(weights: Weights, config: LanguageConfig): LensTensors;
}

const FAMILIES: Readonly<Record<LanguageArchitecture, Family>> = {
  gpt2: { parts: gpt2Parts, tensors: gpt2Tensors },
  neox: { parts: neoxParts, tensors: neoxTensors },
  lens: { parts: lensParts, tensors: lensTensors },
};

/**
 * Open a language model. Weights stay on disk until the first run; processed ones are computed once and kept in saev's
 * part of the cache. Throws a UserError for weights that are missing or do not fit the config.
 */
export async function openLanguageModel(
  model: ResolvedLanguageModel,
  options: OpenLanguageOptions = {},
): Promise<LanguageBackbone> {
  const { processing = true, settings, ...rest } = options;
  if (processing === false) return openWeightsOf(model.weights, model.config, model.name, rest);
  const steps = processing === true ? {} : processing;
  const raw = await openWeights(model.weights);
  try {
    const family = FAMILIES[model.config.architecture];
    // Every weight is looked at before the long work begins.
    family.parts(raw, model.config);
    const tensors = family.tensors(raw, model.config);
    const hub = { signal: options.signal, settings };
    const path = await processedFile(tensors, raw.files, steps, hub);
    return await openWeightsOf(path, processedConfig(model.config, steps), model.name, rest);
  } finally {
    await raw.close();
  }
}

async function openWeightsOf(
  path: string,
  config: LanguageConfig,
  checkpoint: string,
  options: EngineOptions,
): Promise<LanguageBackbone> {
  const weights = await openWeights(path);
  try {
    const family = FAMILIES[config.architecture];
    return languageBackbone(family.parts(weights, config), {
      ...options,
      checkpoint,
      weightsFolder: weights.folder,
      matrices: languageMatrices(family.tensors(weights, config)),
      onClose: () => weights.close(),
    });
  } catch (error) {
    await weights.close();
    throw error;
  }
}
