// Opening a language model: its published weights as they are, or processed as TransformerLens does by default.

import { dirname, join } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { openSession } from '../../compute/onnx/session.ts';
import { checkTokenizerFits, createTokenizer, type Tokenizer } from '../../data/texts/tokenizer.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../../data/texts/tokenizer-files.ts';
import { languageWorldFolder } from '../../data/worlds/language/asset.ts';
import type { HubRepo } from '../../hub/cache-paths.ts';
import { type HubOptions, resolveHubFile } from '../../hub/client.ts';
import { findHubModel } from '../../hub/names.ts';
import { hubSettings } from '../../hub/settings.ts';
import { parseCheckpointName } from '../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../weight-files.ts';
import { openWeights } from '../weights.ts';
import { languageConfig } from './config.ts';
import { lens } from './families/lens.ts';
import { LANGUAGE_FAMILIES } from './families/registry.ts';
import type { LanguageFamily } from './family.ts';
import { LANGUAGE_MODELS, repositoriesOf } from './known-checkpoints.ts';
import type { LanguageConfig } from './model-config.ts';
import type { EngineOptions } from './running/engine.ts';
import { type LanguageBackboneOptions, languageBackbone } from './running/language-backbone.ts';
import type { LanguageBackbone } from './types.ts';
import { languageMatrices } from './weights/matrices.ts';
import { processedFile } from './weights/processed-file.ts';
import { type ProcessingOptions, processedConfig } from './weights/processing.ts';

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
  const { tokenizer: name, settings, families = LANGUAGE_FAMILIES, ...rest } = options;
  const hub = { settings, signal: options.signal };
  const found =
    typeof model === 'string' ? await resolveLanguageModel(model, { ...hub, families }) : model;
  // The tokenizer first: processing weights takes long.
  const tokenizer = name === false ? undefined : await loadTokenizerOf(found, { ...hub, name });
  const backbone = await openBackbone(found, { ...rest, settings, families });
  return tokenizer === undefined ? backbone : { ...backbone, tokenizer };
}

async function openBackbone(
  { name, config, configFile, weights }: ResolvedLanguageModel,
  options: Omit<LanguageOptions, 'tokenizer' | 'families'> & {
    readonly families: readonly LanguageFamily[];
  },
): Promise<LanguageBackbone> {
  const { processing = true, settings, families, ...rest } = options;
  const family = families.find((each) => each.name === config.architecture);
  if (family === undefined) {
    const known = families.map((each) => each.name);
    throw unknownName('language family', config.architecture, known);
  }
  if (processing === false)
    return openWeightsOf(weights, config, family, { ...rest, name, configFile });
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
    const hub = { signal: options.signal, settings };
    const path = await processedFile(family.tensors(raw, config), raw.files, steps, hub);
    const sources = [configFile, ...raw.files];
    const backbone = await openWeightsOf(path, processedConfig(config, steps), lens, {
      ...rest,
      name,
      configFile,
    });
    return { ...backbone, sources };
  } finally {
    await raw.close();
  }
}

async function openWeightsOf(
  path: string,
  config: LanguageConfig,
  family: LanguageFamily,
  {
    name,
    configFile,
    ...options
  }: Omit<EngineOptions, 'openSession'> & Pick<ResolvedLanguageModel, 'name' | 'configFile'>,
): Promise<LanguageBackbone> {
  const weights = await openWeights(path);
  try {
    const backbone = languageBackbone(family.parts(weights, config), {
      ...options,
      checkpoint: name,
      openSession,
      weightsFolder: weights.folder,
      matrices: languageMatrices(family.tensors(weights, config)),
      onClose: () => weights.close(),
    });
    return { ...backbone, sources: [configFile, ...weights.files] };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** A language model that has been found. */
export interface ResolvedLanguageModel {
  /** The name the person gave. */
  readonly name: string;
  readonly config: LanguageConfig;
  /** The file that the config was read from. */
  readonly configFile: string;
  /** Path of a `.safetensors` file, or of the `.safetensors.index.json` of a model in several files. */
  readonly weights: string;
  /** Where else to look for what belongs to the model, such as its tokenizer. */
  readonly source:
    | { readonly kind: 'hub'; readonly repo: HubRepo }
    | { readonly kind: 'folder'; readonly folder: string };
  /** Name of the tokenizer on the hub, where the config names one (TransformerLens' own models). */
  readonly tokenizer?: string;
}

/** Where weights are looked for, and which families they may be of. */
export type ResolveOptions = HubOptions & Pick<LanguageOptions, 'families'>;

/** Names of weights in a repository, best first. */
const WEIGHTS = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'model_final.pth',
];

/**
 * Find a language model, downloading it unless the cache has it: `world-gpt2`, which comes with the product; `gpt2`,
 * `pythia-70m`, `gelu-1l` and the other names of TransformerLens; `org/name` or `hf-hub:org/name` (with `@revision`, then `/folder`);
 * or the path of a folder, or of a weight file beside its `config.json`.
 *
 * @throws {UserError} when the name is unknown, naming the nearest ones, when the architecture cannot be read, and when
 * the hub gives nothing
 */
export async function resolveLanguageModel(
  name: string,
  options: ResolveOptions = {},
): Promise<ResolvedLanguageModel> {
  const embedded = languageWorldFolder(name);
  if (embedded !== undefined) return fromPath(name, embedded, options);
  const [plain, revision] = splitRevision(name);
  const [home, formerly] = repositoriesOf(plain);
  if (home !== undefined) {
    try {
      return await fromHub(name, { type: 'model', name: home, revision }, options);
    } catch (error) {
      if (formerly === undefined) throw error;
      // The cache may hold it under its old name.
      const settings = { ...(options.settings ?? hubSettings()), offline: true };
      const repo: HubRepo = { type: 'model', name: formerly, revision };
      return fromHub(name, repo, { ...options, settings }).catch(() => {
        throw error;
      });
    }
  }
  const parsed = await parseCheckpointName(name, options);
  if (parsed.kind === 'path') return fromPath(name, parsed.path, options);
  if (parsed.kind === 'hub') return fromHub(name, parsed.repo, options);
  if (!/^[^/\s@:]+\/[^/\s]\S*$/.test(name))
    throw unknownName('language model', name, LANGUAGE_MODELS);
  return fromHub(name, await findHubModel(name, options), options);
}

async function fromHub(
  name: string,
  repo: HubRepo,
  options: ResolveOptions,
): Promise<ResolvedLanguageModel> {
  const found = await readConfig(await resolveHubFile(repo, 'config.json', options), name, options);
  const weights = await weightsFromHub(repo, WEIGHTS, options);
  return { name, ...found, weights, source: { kind: 'hub', repo } };
}

async function fromPath(
  name: string,
  path: string,
  options: ResolveOptions,
): Promise<ResolvedLanguageModel> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing language model: '${path}'`);
  const folder = kind === 'folder' ? path : dirname(path);
  const found = await readConfig(join(folder, 'config.json'), name, options);
  const weights = await weightsFromPath(path, options);
  return { name, ...found, weights, source: { kind: 'folder', folder } };
}

async function readConfig(
  path: string,
  name: string,
  { families }: ResolveOptions,
): Promise<Pick<ResolvedLanguageModel, 'config' | 'configFile' | 'tokenizer'>> {
  const json = await readJson(path, 'model config');
  const config = languageConfig(json, name, families);
  const tokenizer = (json as { tokenizer_name?: unknown }).tokenizer_name;
  const found = { config, configFile: path };
  return typeof tokenizer === 'string' ? { ...found, tokenizer } : found;
}

/** `name@revision`; a path keeps its `@`. */
function splitRevision(name: string): [string, string | undefined] {
  const at = name.lastIndexOf('@');
  return at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, undefined];
}

/**
 * Load the tokenizer `name`, or the model's own: the one its config names, else the one beside its weights.
 *
 * @throws {UserError} when it is missing, damaged, or has tokens that the model does not know
 */
export async function loadTokenizerOf(
  model: ResolvedLanguageModel,
  options: HubOptions & { readonly name?: string | undefined } = {},
): Promise<Tokenizer> {
  const tokenizer = createTokenizer(await tokenizerFilesOf(model, options));
  checkTokenizerFits(tokenizer, { name: model.name, vocabularySize: model.config.dVocab });
  return tokenizer;
}

/**
 * Read the files of the tokenizer that {@link loadTokenizerOf} makes.
 *
 * @throws {UserError} when they are missing or damaged
 */
export async function tokenizerFilesOf(
  model: ResolvedLanguageModel,
  { name, ...options }: HubOptions & { readonly name?: string | undefined } = {},
): Promise<TokenizerFiles> {
  const { source } = model;
  const isEmbedded = languageWorldFolder(model.name) !== undefined;
  const folder = source.kind === 'folder' && !isEmbedded ? source.folder : model.name;
  const own = source.kind === 'hub' ? source.repo.name : folder;
  const from = name ?? model.tokenizer ?? own;
  const repo = from === own && source.kind === 'hub' ? source.repo : undefined;
  return readTokenizerFiles(from, { ...options, ...(repo && { repo }) });
}
