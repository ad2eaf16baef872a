// Files of the HuggingFace hub, through a cache that Python's huggingface_hub shares.
//
// @huggingface/hub speaks the API (api.ts). The bytes of files do not go through it, so request, blob and ranges are ours:
// its downloadFileToCacheDir names a snapshot by the commit that last changed the file and writes no refs, so Python would
// not find the file again, and it has no offline mode, no resuming, no lock, no check of the hash and no reads by range
// that outlive a signed address. Its xet protocol is not needed either: the hub gives every file below 50 GB over plain
// HTTP, with ranges, from the same `resolve` address.
import { kindOfPath } from '../base/files.ts';
import { withLock } from '../base/lock.ts';
import type { HubFile, HubFileInfo } from './api.ts';
import { downloadBlob } from './cache/blob.ts';
import {
  type CachedFile,
  cachedCommit,
  cachedFiles,
  checkRepo,
  type HubRepo,
  isCached,
  linkIntoSnapshot,
  pathInRepo,
  tidyRepo,
  writeRef,
} from './cache/cache-paths.ts';
import { HubError, notInCache } from './failures.ts';
import { cachesOf, commitOf, fileInfo, findFile, listing } from './find-file.ts';
import { type AsyncBuffer, localBuffer, remoteBuffer } from './ranges.ts';
import { type HubSettings, hubSettings } from './settings.ts';

/** Settings of one access to the hub. */
export interface HubOptions {
  readonly signal?: AbortSignal;
  /** In place of what the environment says. */
  readonly settings?: HubSettings;
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
  const { file, isHere, isOurs } = await findFile(repo, path, settings, signal);
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
  const { file, isHere } = await findFile(repo, path, settings, signal);
  if (isHere) return localBuffer(file.snapshotPath);
  const ask = (): Promise<HubFileInfo> => fileInfo(file, settings, signal);
  return remoteBuffer(file, await ask(), { ask, settings, signal });
}
