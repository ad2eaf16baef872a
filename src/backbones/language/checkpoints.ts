// From the name of a language model to its config and weights on this disk.
import { dirname, join } from 'node:path';
import { UserError, unknownName } from '../../base/errors.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { languageWorldFolder } from '../../data/worlds/language/asset.ts';
import type { HubRepo } from '../../hub/cache-paths.ts';
import { type HubOptions, resolveHubFile } from '../../hub/client.ts';
import { hubSettings } from '../../hub/settings.ts';
import { parseCheckpointName } from '../checkpoint-name.ts';
import { weightsFromHub, weightsFromPath } from '../weight-files.ts';
import { languageConfig } from './config.ts';
import { LANGUAGE_MODELS, repositoriesOf } from './known-checkpoints.ts';
import type { LanguageConfig } from './model-config.ts';

/** A language model that has been found. */
export interface ResolvedLanguageModel {
  /** The name the person gave. */
  readonly name: string;
  readonly config: LanguageConfig;
  /** Path of a `.safetensors` file, or of the `.safetensors.index.json` of a model in several files. */
  readonly weights: string;
  /** Where else to look for what belongs to the model, such as its tokenizer. */
  readonly source:
    | { readonly kind: 'hub'; readonly repo: HubRepo }
    | { readonly kind: 'folder'; readonly folder: string };
  /** Name of the tokenizer on the hub, where the config names one (TransformerLens' own models). */
  readonly tokenizer?: string;
}

/** Names of weights in a repository, best first. */
const WEIGHTS = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'model_final.pth',
];

/**
 * Find a language model, downloading it unless the cache has it: `world-gpt2`, which comes with the product; `gpt2`,
 * `pythia-70m`, `gelu-1l` and the other names of TransformerLens; `org/name` or `hf-hub:org/name` (with `@revision`); or the path of a folder, or of a weight file
 * beside its `config.json`. Throws a UserError for an unknown name, naming the nearest ones, for architectures that
 * cannot be read, and when the hub gives nothing.
 */
export async function resolveLanguageModel(
  name: string,
  options: HubOptions = {},
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
  const parsed = await parseCheckpointName(name);
  if (parsed.kind === 'path') return fromPath(name, parsed.path, options);
  if (parsed.kind === 'hub') return fromHub(name, parsed.repo, options);
  if (!/^[^/\s]+\/[^/\s]+$/.test(plain)) throw unknownName('language model', name, LANGUAGE_MODELS);
  return fromHub(name, { type: 'model', name: plain, revision }, options);
}

async function fromHub(
  name: string,
  repo: HubRepo,
  options: HubOptions,
): Promise<ResolvedLanguageModel> {
  const found = await readConfig(await resolveHubFile(repo, 'config.json', options), name);
  const weights = await weightsFromHub(repo, WEIGHTS, options);
  return { name, ...found, weights, source: { kind: 'hub', repo } };
}

async function fromPath(
  name: string,
  path: string,
  options: HubOptions,
): Promise<ResolvedLanguageModel> {
  const kind = await kindOfPath(path);
  if (kind === 'nothing') throw new UserError(`missing language model: '${path}'`);
  const folder = kind === 'folder' ? path : dirname(path);
  const found = await readConfig(join(folder, 'config.json'), name);
  const weights = await weightsFromPath(path, options);
  return { name, ...found, weights, source: { kind: 'folder', folder } };
}

async function readConfig(
  path: string,
  name: string,
): Promise<Pick<ResolvedLanguageModel, 'config' | 'tokenizer'>> {
  const json = await readJson(path, 'model config');
  const config = languageConfig(json, name);
  const tokenizer = (json as { tokenizer_name?: unknown }).tokenizer_name;
  return typeof tokenizer === 'string' ? { config, tokenizer } : { config };
}

/** `name@revision`; a path keeps its `@`. */
function splitRevision(name: string): [string, string | undefined] {
  const at = name.lastIndexOf('@');
  return at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, undefined];
}
