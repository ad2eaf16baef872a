// Files of the HuggingFace hub, through a cache that Python's huggingface_hub shares.
import { nearest } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import { withLock } from '../base/lock.ts';
import { logger } from '../base/log.ts';
import { fetchCommit, fetchFileInfo, fetchFiles, type HubFileInfo } from './api.ts';
import { downloadBlob } from './blob.ts';
import {
  blobPath,
  cachedCommit,
  cachedFile,
  cachedFiles,
  checkFilePath,
  checkRepo,
  type HubRepo,
  isCommit,
  linkIntoSnapshot,
  lockPath,
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
}

/**
 * Give the local path of a file on the hub, downloading it unless the cache has it.
 * Without the hub the last known commit is used. Throws a UserError; an interrupted download goes on at the next call.
 */
export async function resolveHubFile(
  repo: HubRepo,
  path: string,
  options: HubOptions = {},
): Promise<string> {
  const { signal, settings = hubSettings() } = options;
  const revision = checkRepo(repo);
  checkFilePath(path);
  const found = await locate(settings, repo, path, signal);
  const { commit } = found;
  if (found.local !== undefined) {
    // A cache that may only be read serves as well.
    if (!settings.offline) await writeRef(settings, repo, revision, commit).catch(() => undefined);
    return found.local;
  }
  const info = await fileInfo(settings, repo, commit, path, signal);
  return withLock(
    lockPath(settings, repo, info.etag),
    async () => {
      const done = await cachedFile(settings, repo, commit, path);
      const blob = blobPath(settings, repo, info.etag);
      if (done === undefined && (await kindOfPath(blob)) === 'nothing') {
        await downloadBlob(settings, { repo, path }, info, blob, signal);
      }
      const local = done ?? (await linkIntoSnapshot(settings, repo, commit, path, info.etag));
      await writeRef(settings, repo, revision, commit);
      return local;
    },
    signal,
  );
}

/** Give the local path of the first of `paths` that the repository has. Throws a UserError when it has none. */
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
  throw new HubError('file', `missing in hub repo '${repo.name}': any of ${names}`, {
    hint: failure.hint,
    cause: failure,
  });
}

/** List the files of a repository; offline, those that the cache holds. */
export async function listHubFiles(repo: HubRepo, options: HubOptions = {}): Promise<HubFile[]> {
  const { signal, settings = hubSettings() } = options;
  checkRepo(repo);
  const { commit, online } = await commitOf(settings, repo, signal);
  if (online) return listing(settings, repo, commit, signal);
  const files = await cachedFiles(settings, repo, commit);
  if (files.length === 0) throw notInCache(settings, { repo });
  return files;
}

/**
 * Open a file on the hub for reading parts of it: from the cache when it is there, else by range requests that download
 * nothing more than what is read. The signal ends later reads too.
 */
export async function openHubFile(
  repo: HubRepo,
  path: string,
  options: HubOptions = {},
): Promise<AsyncBuffer> {
  const { signal, settings = hubSettings() } = options;
  checkRepo(repo);
  checkFilePath(path);
  const { local, commit } = await locate(settings, repo, path, signal);
  if (local !== undefined) return localBuffer(local);
  const ask = (): Promise<HubFileInfo> => fileInfo(settings, repo, commit, path, signal);
  return remoteBuffer(settings, { repo, path }, await ask(), ask, signal);
}

/** The commit of a repository, and the file's path when the cache has it; throws when only the hub could help. */
async function locate(
  settings: HubSettings,
  repo: HubRepo,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ commit: string; local?: string }> {
  const { commit, online, failure } = await commitOf(settings, repo, signal);
  const local = await cachedFile(settings, repo, commit, path);
  if (local === undefined && !online) throw failure ?? notInCache(settings, { repo, path });
  return { commit, local };
}

/** Commits that were asked for in this process: all files of a repository come from one commit. */
const knownCommits = new Map<string, string>();

async function commitOf(
  settings: HubSettings,
  repo: HubRepo,
  signal: AbortSignal | undefined,
): Promise<{ commit: string; online: boolean; failure?: HubError }> {
  const revision = repo.revision ?? 'main';
  if (isCommit(revision)) return { commit: revision, online: !settings.offline };
  const cached = await cachedCommit(settings, repo, revision);
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
    const commit = await fetchCommit(settings, repo, { signal, once: cached !== undefined });
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
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<HubFile[]> {
  const key = JSON.stringify([settings.endpoint, repo.type, repo.name, commit]);
  let files = knownListings.get(key);
  if (files === undefined) {
    files = fetchFiles(settings, repo, commit, signal);
    knownListings.set(key, files);
    files.catch(() => knownListings.delete(key));
  }
  return files;
}

/** `fetchFileInfo` whose error for a missing file names the nearest ones. */
async function fileInfo(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<HubFileInfo> {
  try {
    return await fetchFileInfo(settings, repo, commit, path, signal);
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'file') throw error;
    const files = await listing(settings, repo, commit, signal).catch(() => []);
    const names = files.map((file) => file.path);
    const near = nearest(path, names);
    const hint =
      near.length > 0
        ? `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
        : `it has: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`;
    throw new HubError('file', error.message, { hint: names.length > 0 ? hint : undefined });
  }
}
