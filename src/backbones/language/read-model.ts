// A language model as data, before anything is loaded: its weights as published, or processed as TransformerLens does.
import { UserError, unknownName } from '../../base/errors.ts';
import type { HubOptions } from '../../hub/client.ts';
import { openWeights } from '../weights.ts';
import { lens } from './families/lens.ts';
import { LANGUAGE_FAMILIES } from './families/registry.ts';
import type { LanguageFamily } from './family.ts';
import type { LanguageParts } from './graph/language.ts';
import type { LanguageConfig } from './model-config.ts';
import type { ResolvedLanguageModel } from './resolve.ts';
import { type LanguageMatrices, languageMatrices } from './weights/matrices.ts';
import { processedFile } from './weights/processed-file.ts';
import { type ProcessingOptions, processedConfig } from './weights/processing.ts';

/** What to compute, and where the weights lie. */
export interface ReadLanguageModel {
  /** The name the person gave. */
  readonly checkpoint: string;
  readonly parts: LanguageParts;
  /** Folder of the weight files. */
  readonly weightsFolder: string;
  readonly matrices: LanguageMatrices;
  /** The files that it was read from: weights, and what they are configured by. */
  readonly sources: readonly string[];
  /** Close the file that the matrices are read from. */
  readonly onClose: () => Promise<void>;
}

/** Which weights are wanted. */
export interface ReadLanguageOptions extends Pick<HubOptions, 'settings' | 'signal'> {
  /** Process the weights, all steps or those chosen; false takes them as published. True by default. */
  readonly processing?: boolean | ProcessingOptions;
  /** The families to choose among; those that come with saev by default. */
  readonly families?: readonly LanguageFamily[];
}

/**
 * Read a language model that has been found. Processed weights are computed once and kept in saev's part of the cache.
 *
 * @throws {UserError} when weights are missing or do not fit the config
 */
export async function readLanguageModel(
  { name, config, configFile, weights }: ResolvedLanguageModel,
  options: ReadLanguageOptions = {},
): Promise<ReadLanguageModel> {
  const { processing = true, families = LANGUAGE_FAMILIES, ...hub } = options;
  const family = families.find((each) => each.name === config.architecture);
  if (family === undefined) {
    const known = families.map((each) => each.name);
    throw unknownName('language family', config.architecture, known);
  }
  const named = { checkpoint: name, configFile };
  if (processing === false) return readWeightsOf(weights, config, family, named);
  if (config.normalization === 'RMS') {
    throw new UserError(`unsupported processing of the weights of '${name}': it has RMS norms`, {
      hint: 'take them as published, with processing false',
    });
  }
  const steps = processing === true ? {} : processing;
  const raw = await openWeights(weights);
  try {
    // Every weight is looked at before the long work begins.
    family.parts(raw, config);
    const path = await processedFile(family.tensors(raw, config), raw.files, steps, hub);
    const model = await readWeightsOf(path, processedConfig(config, steps), lens, named);
    return { ...model, sources: [configFile, ...raw.files] };
  } finally {
    await raw.close();
  }
}

async function readWeightsOf(
  path: string,
  config: LanguageConfig,
  family: LanguageFamily,
  { checkpoint, configFile }: { readonly checkpoint: string; readonly configFile: string },
): Promise<ReadLanguageModel> {
  const weights = await openWeights(path);
  try {
    return {
      checkpoint,
      parts: family.parts(weights, config),
      weightsFolder: weights.folder,
      matrices: languageMatrices(family.tensors(weights, config)),
      sources: [configFile, ...weights.files],
      onClose: () => weights.close(),
    };
  } catch (error) {
    await weights.close();
    throw error;
  }
}
