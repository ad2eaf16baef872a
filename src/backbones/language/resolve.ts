// Finding a language model: from a name to its config, its weights on disk and its tokenizer.
import { dirname, join } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { checkTokenizerFits, createTokenizer, type Tokenizer } from '../../data/texts/tokenizer.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../../data/texts/tokenizer-files.ts';
import { languageWorldFolder } from '../../data/worlds/language/asset.ts';
import type { HubRepo } from '../../hub/cache/cache-paths.ts';
import { type HubOptions, resolveHubFile } from '../../hub/client.ts';
import { findHubModel } from '../../hub/names.ts';
import { hubSettings } from '../../hub/settings.ts';
import { parseCheckpointName } from '../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../weight-files.ts';
import { languageConfig } from './config.ts';
import type { LanguageFamily } from './family.ts';
import { LANGUAGE_MODELS, repositoriesOf } from './known-checkpoints.ts';
import type { LanguageConfig } from './model-config.ts';

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
export type ResolveOptions = HubOptions & {
  /** The families to choose among; those that come with saev by default. */
  readonly families?: readonly LanguageFamily[];
};

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
