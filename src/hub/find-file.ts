// Which commit a revision stands for, which cache has its files, and what the hub says of them.
import { nearest } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { fetchCommit, fetchFileInfo, fetchFiles, type HubFile, type HubFileInfo } from './api.ts';
import {
  type CachedFile,
  cachedCommit,
  checkFilePath,
  checkRepo,
  type HubRepo,
  isCached,
  isCommit,
  locate,
  pathInRepo,
  revisionOf,
} from './cache/cache-paths.ts';
import { HubError, notInCache } from './failures.ts';
import type { HubSettings } from './settings.ts';

const log = logger('hub');

/** Find out which commit is meant, and whether the cache has its file; throws when it has not, and only the hub could help. */
export async function findFile(
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
export function cachesOf(settings: HubSettings): HubSettings[] {
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

export async function commitOf(
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
export async function listing(
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
export async function fileInfo(
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
