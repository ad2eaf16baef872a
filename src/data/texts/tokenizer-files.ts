// Where a tokenizer's files are: a folder, a tokenizer.json, or a repository on the hub.
import { dirname, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, readText } from '../../base/files.ts';
import type { HubRepo } from '../../hub/cache/cache-paths.ts';
import { type HubOptions, resolveFirstHubFile, resolveHubFile } from '../../hub/client.ts';
import { HubError } from '../../hub/failures.ts';
import { findHubModel } from '../../hub/names.ts';
import { languageWorldFolder } from '../worlds/language/asset.ts';
import { END_OF_TEXT, specFromMerges } from './tokenizer-spec.ts';

/** The parsed files of a tokenizer, unchecked. */
export interface TokenizerFiles {
  /** What it was asked for by. */
  readonly name: string;
  /** tokenizer.json, or what vocab.json and merges.txt amount to. */
  readonly spec: unknown;
  /** tokenizer_config.json, or special_tokens_map.json, or nothing. */
  readonly config: unknown;
}

const SPEC = 'tokenizer.json';
const VOCABULARY = 'vocab.json';
const MERGES = 'merges.txt';
const CONFIGS = ['tokenizer_config.json', 'special_tokens_map.json'];

/**
 * Read the files: of `repo`, where it is given; else of the embedded language, what stands at `from` on this disk, or a
 * repository of that name, in this order.
 *
 * @throws {UserError} when there are none, or they are damaged.
 */
export async function readTokenizerFiles(
  from: string,
  options: HubOptions & { repo?: HubRepo } = {},
): Promise<TokenizerFiles> {
  const { repo, ...hub } = options;
  if (repo !== undefined) return readHubModel(repo, hub);
  const embedded = languageWorldFolder(from);
  if (embedded !== undefined) return readFolder(embedded, from);
  const kind = await kindOfPath(from);
  if (kind === 'folder') return readFolder(from, from);
  if (kind === 'file') return readFolder(dirname(from), from, from);
  if (kind === 'other' || /^[./~]|\\|\.json$/.test(from))
    throw new UserError(`missing tokenizer: '${from}'`, {
      hint: `give a folder that holds ${SPEC}, that file, or a name on the hub such as 'gpt2'`,
    });
  return readHubModel(await findHubModel(from, hub), hub);
}

/** Those beside a model; for one in a folder of a repository that has none there, those of the repository. */
async function readHubModel(repo: HubRepo, options: HubOptions): Promise<TokenizerFiles> {
  if (repo.folder === undefined) return readHub(repo, options);
  try {
    return await readHub(repo, options);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return readHub({ ...repo, folder: undefined }, options).catch(() => {
      throw error;
    });
  }
}

async function readFolder(folder: string, name: string, file?: string): Promise<TokenizerFiles> {
  const find = async (path: string): Promise<string | undefined> =>
    (await kindOfPath(path)) === 'file' ? path : undefined;
  const config = (await find(join(folder, CONFIGS[0]!))) ?? (await find(join(folder, CONFIGS[1]!)));
  const whole = file ?? (await find(join(folder, SPEC)));
  if (whole !== undefined) return read(name, config, whole);
  const vocabulary = await find(join(folder, VOCABULARY));
  const merges = await find(join(folder, MERGES));
  if (vocabulary !== undefined && merges !== undefined)
    return read(name, config, vocabulary, merges);
  throw new UserError(`missing tokenizer: '${folder}' has no ${SPEC}`, {
    hint: `${VOCABULARY} with ${MERGES} would do, too`,
  });
}

async function readHub(repo: HubRepo, options: HubOptions): Promise<TokenizerFiles> {
  const file = await resolveFirstHubFile(repo, [SPEC, VOCABULARY], options);
  const merges = file.endsWith(VOCABULARY)
    ? await resolveHubFile(repo, MERGES, options)
    : undefined;
  const config = await resolveFirstHubFile(repo, CONFIGS, options).catch((error: unknown) => {
    // Without them the tokenizer is complete; offline, they may never have been there.
    if (error instanceof HubError && (error.kind === 'file' || error.kind === 'unreachable'))
      return undefined;
    throw error;
  });
  const { name, folder } = repo;
  return read(folder === undefined ? name : `${name}/${folder}`, config, file, merges);
}

async function read(
  name: string,
  config: string | undefined,
  file: string,
  merges?: string,
): Promise<TokenizerFiles> {
  const json = await readJson(file, 'tokenizer');
  const spec =
    merges === undefined
      ? json
      : specFromMerges(json, await readText(merges, 'tokenizer'), END_OF_TEXT);
  return {
    name,
    spec,
    config: config === undefined ? {} : await readJson(config, 'tokenizer config'),
  };
}
