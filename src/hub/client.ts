// Files of the HuggingFace hub, through a cache that Python's huggingface_hub shares.
//
// @huggingface/hub speaks the API (api.ts). The bytes of files do not go through it, so request, blob and ranges are ours:
// its downloadFileToCacheDir names a snapshot by the commit that last changed the file and writes no refs, so Python would
// not find the file again, and it has no offline mode, no resuming, no lock, no check of the hash and no reads by range
// that outlive a signed address. Its xet protocol is not needed either: the hub gives every file below 50 GB over plain
// HTTP, with ranges, from the same `resolve` address.
import { nearest } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { withLock } from '../base/lock.ts';
import { logger } from '../base/log.ts';
import { fetchCommit, fetchFileInfo, fetchFiles, type HubFileInfo } from './api.ts';
import { downloadBlob } from './blob.ts';
import {
  type CachedFile,
  cachedCommit,
  cachedFiles,
  checkFilePath,
  checkRepo,
  type HubRepo,
  isCached,
  isCommit,
  linkIntoSnapshot,
  locate,
  pathInRepo,
  revisionOf,
  tidyRepo,
  writeRef,
} from './cache-paths.ts';
import { HubError, notInCache } from './failures.ts';
import { type AsyncBuffer, localBuffer, remoteBuffer } from './ranges.ts';
import { type HubSettings, hubSettings } from './settings.ts';

const log = logger('hub');

/** Settings of one access to the hub. */
export interface HubOptions {
  readonly signal?: AbortSignal;
  /** In place of what the environment says. */
  readonly settings?: HubSettings;
}

/** A file of a repository, with its size in bytes. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** The hub's hash of its content: sha256 of a large file, git's sha1 of a small one; unknown of a copy in the cache. */
  readonly id?: string | undefined;
}

/** The files of one commit of a repository. */
export interface HubCommit {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/**
 * Give the local path of a file on the hub, downloading it unless the cache has it. Without the hub the last known
 * commit is used. An interrupted download goes on at the next call.
 * @throws {UserError} when the hub does not have it or does not give it, and when the disk is full.
 */
export async function resolveHubFile(
  repo: HubRepo,
  path: string,
  options: HubOptions = {},
): Promise<string> {
  const { signal, settings = hubSettings() } = options;
  const { file, isHere, isOurs } = await find(repo, path, settings, signal);
  const { snapshotPath } = file;
  if (!isOurs) return snapshotPath;
  await tidyOnce(file, settings);
  if (isHere) {
    // A cache that may only be read serves as well.
    if (!settings.offline) await writeRef(file).catch(() => undefined);
    return snapshotPath;
  }
  const info = await fileInfo(file, settings, signal);
  const fetchOnce = async (): Promise<string> => {
    if (!(await isCached(file))) {
      const isThere = (await kindOfPath(file.blobPath(info.etag))) !== 'nothing';
      if (!isThere) await downloadBlob(file, info, settings, signal);
      await linkIntoSnapshot(file, info.etag, settings);
    }
    await writeRef(file);
    return snapshotPath;
  };
  return withLock(file.lockPath(info.etag), fetchOnce, signal);
}

/**
 * Give the local paths of files that belong together: all in one cache, as they lie in the repository.
 * @throws {UserError} as {@link resolveHubFile}.
 */
export async function resolveHubFiles(
  repo: HubRepo,
  paths: readonly string[],
  options: HubOptions = {},
): Promise<string[]> {
  const { settings = hubSettings() } = options;
  const resolveIn = async (cache: HubSettings): Promise<string[]> => {
    const local: string[] = [];
    for (const path of paths)
      local.push(await resolveHubFile(repo, path, { ...options, settings: cache }));
    return local;
  };
  const local = await resolveIn(settings);
  const roots = new Set(local.map((path, i) => path.slice(0, -paths[i]!.length)));
  return roots.size > 1 ? resolveIn({ ...settings, alsoIn: [] }) : local;
}

/** Repositories whose leavings were removed by this process. */
const tidied = new Set<string>();

async function tidyOnce(file: CachedFile, settings: HubSettings): Promise<void> {
  const key = JSON.stringify([settings.cacheDir, file.repo.type, file.repo.name]);
  if (tidied.has(key)) return;
  tidied.add(key);
  await tidyRepo(file, settings).catch(() => undefined);
}

/**
 * Give the local path of the first of `paths` that the repository has.
 * @throws {UserError} when it has none, and as {@link resolveHubFile}.
 */
export async function resolveFirstHubFile(
  repo: HubRepo,
  paths: readonly string[],
  options: HubOptions = {},
): Promise<string> {
  let settings = options.settings ?? hubSettings();
  let failure: HubError | undefined;
  for (const path of paths) {
    try {
      return await resolveHubFile(repo, path, { ...options, settings });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      const trouble = error.kind !== 'file' && !settings.offline;
      if (failure === undefined || trouble) failure = error;
      // One file could not be asked for, so neither can the others; the cache may still have one of them.
      if (trouble) settings = { ...settings, offline: true };
    }
  }
  if (paths.length === 1 || failure?.kind !== 'file') throw failure;
  const names = paths.map((path) => `'${path}'`).join(', ');
  const where = repo.folder === undefined ? repo.name : `${repo.name}/${repo.folder}`;
  throw new HubError('file', `missing in hub repo '${where}': any of ${names}`, {
    hint: failure.hint,
    cause: failure,
  });
}

/**
 * List the files of a repository; offline, those that the cache holds.
 * @throws {UserError} when there is no such repository, or the hub does not answer and the cache holds nothing of it.
 */
export async function listHubFiles(
  repo: HubRepo,
  options: HubOptions = {},
): Promise<readonly HubFile[]> {
  return (await listHubCommit(repo, options)).files;
}

/**
 * List the files of a repository, and say which commit they are of.
 * @throws {UserError} as {@link listHubFiles}.
 */
export async function listHubCommit(repo: HubRepo, options: HubOptions = {}): Promise<HubCommit> {
  const { signal, settings = hubSettings() } = options;
  checkRepo(repo);
  const { commit, online } = await commitOf(repo, settings, signal);
  if (online)
    return { commit, files: inFolder(repo, await listing(repo, commit, settings, signal)) };
  for (const cache of cachesOf(settings)) {
    const known = (await cachedCommit(repo, cache)) ?? commit;
    const files = inFolder(repo, await cachedFiles(repo, known, cache));
    if (files.length > 0) return { commit: known, files };
  }
  throw notInCache(settings, { repo });
}

/** The files of the folder that stands for a repository, by their paths in there. */
function inFolder(repo: HubRepo, files: readonly HubFile[]): readonly HubFile[] {
  if (repo.folder === undefined) return files;
  const start = pathInRepo(repo, '');
  return files
    .filter(({ path }) => path.startsWith(start))
    .map((file) => ({ ...file, path: file.path.slice(start.length) }));
}

/**
 * Open a file on the hub for reading parts of it: from the cache when it is there, else by range requests that download
 * nothing more than what is read. The signal ends later reads too.
 * @throws {UserError} when the hub does not have it or does not say how long it is.
 */
export async function openHubFile(
  repo: HubRepo,
  path: string,
  options: HubOptions = {},
): Promise<AsyncBuffer> {
  const { signal, settings = hubSettings() } = options;
  const { file, isHere } = await find(repo, path, settings, signal);
  if (isHere) return localBuffer(file.snapshotPath);
  const ask = (): Promise<HubFileInfo> => fileInfo(file, settings, signal);
  return remoteBuffer(file, await ask(), { ask, settings, signal });
}

/** Find out which commit is meant, and whether the cache has its file; throws when it has not, and only the hub could help. */
async function find(
  repo: HubRepo,
  name: string,
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<{ file: CachedFile; isHere: boolean; isOurs: boolean }> {
  checkRepo(repo);
  const path = checkFilePath(pathInRepo(repo, name));
  const { commit, online, failure } = await commitOf(repo, settings, signal);
  for (const cache of cachesOf(settings)) {
    // Without the hub, each cache knows what the revision stood for when it was asked last.
    const known = online ? commit : await cachedCommit(repo, cache);
    if (known === undefined) continue;
    const file = locate(repo, path, known, cache);
    const isOurs = cache.cacheDir === settings.cacheDir;
    if (await isCached(file)) return { file, isHere: true, isOurs };
  }
  const file = locate(repo, path, commit, settings);
  if (!online) throw failure ?? notInCache(settings, file);
  return { file, isHere: false, isOurs: true };
}

/** The settings of each cache: the one that is written, then those that are only read. */
function cachesOf(settings: HubSettings): HubSettings[] {
  return [settings.cacheDir, ...(settings.alsoIn ?? [])].map((cacheDir) => ({
    ...settings,
    cacheDir,
  }));
}

async function firstCachedCommit(
  repo: HubRepo,
  settings: HubSettings,
): Promise<string | undefined> {
  for (const cache of cachesOf(settings)) {
    const commit = await cachedCommit(repo, cache);
    if (commit !== undefined) return commit;
  }
  return undefined;
}

/** Commits that were asked for in this process: all files of a repository come from one commit. */
const knownCommits = new Map<string, string>();

async function commitOf(
  repo: HubRepo,
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<{ commit: string; online: boolean; failure?: HubError }> {
  const revision = revisionOf(repo);
  if (isCommit(revision)) return { commit: revision, online: !settings.offline };
  const cached = await firstCachedCommit(repo, settings);
  if (settings.offline) {
    if (cached === undefined) throw notInCache(settings, { repo });
    return { commit: cached, online: false };
  }
  const key = JSON.stringify([
    settings.endpoint,
    settings.cacheDir,
    repo.type,
    repo.name,
    revision,
  ]);
  const known = knownCommits.get(key);
  if (known !== undefined) return { commit: known, online: true };
  try {
    const commit = await fetchCommit(repo, settings, { signal, once: cached !== undefined });
    knownCommits.set(key, commit);
    return { commit, online: true };
  } catch (failure) {
    if (!(failure instanceof HubError) || failure.kind === 'revision' || cached === undefined)
      throw failure;
    log.warn('{failure}; using what the cache holds of {name}', { failure, name: repo.name });
    return { commit: cached, online: false, failure };
  }
}

const knownListings = new Map<string, Promise<HubFile[]>>();

/** A commit's listing never changes, so it is fetched once. */
async function listing(
  repo: HubRepo,
  commit: string,
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<HubFile[]> {
  const key = JSON.stringify([settings.endpoint, repo.type, repo.name, commit]);
  let files = knownListings.get(key);
  if (files === undefined) {
    files = fetchFiles(repo, commit, settings, signal);
    knownListings.set(key, files);
    files.catch(() => knownListings.delete(key));
  }
  return files;
}

/** `fetchFileInfo` whose error for a missing file names the nearest ones. */
async function fileInfo(
  file: CachedFile,
  settings: HubSettings,
  signal: AbortSignal | undefined,
): Promise<HubFileInfo> {
  try {
    return await fetchFileInfo(file, settings, signal);
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'file') throw error;
    const files = await listing(file.repo, file.commit, settings, signal).catch(() => []);
    const names = files.map(({ path }) => path);
    const near = nearest(file.path, names);
    const hint =
      near.length > 0
        ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
        : `it has: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`;
    throw new HubError('file', error.message, { hint: names.length > 0 ? hint : undefined });
  }
}
