// Names on the hub, and where their files lie in the cache that is shared with Python's huggingface_hub:
//   models--org--name/refs/main                      the commit that a revision stood for
//   models--org--name/blobs/<etag>                   content
//   models--org--name/snapshots/<commit>/<path>      link to a blob
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { diskError, joinInside, writeFileAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { removeDead } from '../../base/system/lock-file.ts';
import { removeTemporaries, temporaryPath } from '../../base/system/temporary.ts';
import type { HubSettings } from '../settings.ts';

/** How the names of our locks end: Python's `.lock` are another kind. */
const LOCK = '.saev.lock';

/** A repository on the hub, at a branch, tag or commit (`main` when not given). */
export interface HubRepo {
  readonly type: 'model' | 'dataset';
  /** `org/name` */
  readonly name: string;
  readonly revision?: string;
  /** Folder in it that is read as if it were the repository: `sub/folder`. */
  readonly folder?: string;
}

/** Path of a file in the whole repository. */
export function pathInRepo({ folder }: HubRepo, path: string): string {
  return folder === undefined ? path : `${folder}/${path}`;
}

/** The branch, tag or commit that is meant. */
export function revisionOf({ revision = 'main' }: HubRepo): string {
  return revision;
}

/**
 * Check a repository's name and revision.
 * @throws {UserError} when the hub can have no such thing.
 */
export function checkRepo(repo: HubRepo): void {
  const { name } = repo;
  const revision = revisionOf(repo);
  const part = '[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?';
  const fits = new RegExp(`^${part}(/${part})?$`).test(name) && !/--|\.\.|\.git$/.test(name);
  if (!fits) throw new UserError(`invalid hub repo: '${name}'`, { hint: "write it as 'org/name'" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (revision === '' || /[\x00-\x20\\~^:?*[]|\.\.|^\/|\/$|\/\//.test(revision)) {
    throw new UserError(`invalid revision '${revision}' of hub repo '${name}'`);
  }
}

/**
 * Check the path of a file in a repository: segments between slashes, none of which leads elsewhere.
 * @throws {UserError} when one does.
 */
export function checkFilePath(path: string): string {
  const segments = path.split('/');
  const bad = (segment: string): boolean =>
    segment === '' || segment === '.' || segment === '..' || /[\0\\]|^[A-Za-z]:/.test(segment);
  if (segments.some(bad)) throw new UserError(`invalid file name in a hub repo: '${path}'`);
  return path;
}

/** Tell whether a revision is a whole commit hash. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** A file of a commit, and where the cache keeps it and what belongs to it. Nothing of it need be there yet. */
export interface CachedFile {
  readonly repo: HubRepo;
  readonly path: string;
  readonly commit: string;
  /** Its address on the hub. */
  readonly url: string;
  /** Where it is read: a link to its content. */
  readonly snapshotPath: string;
  /** Holds the commit that the repository's branch or tag stood for when the hub was last asked. */
  readonly refPath: string;
  /** Its content. The etag comes from a server: one that makes no plain file name is hashed. */
  blobPath(etag: string): string;
  /** Lock that is held while the content is written. */
  lockPath(etag: string): string;
}

/**
 * Say where a file is kept.
 * @throws {UserError} when a name leads out of the cache.
 */
export function locate(
  repo: HubRepo,
  path: string,
  commit: string,
  settings: HubSettings,
): CachedFile {
  const folder = repoFolder(repo, settings);
  const locks = join(settings.cacheDir, '.locks', repoFolderName(repo));
  return {
    repo,
    path,
    commit,
    url: fileUrl(repo, path, commit, settings),
    snapshotPath: joinInside(join(folder, 'snapshots', commit), checkFilePath(path)),
    refPath: refPathOf(repo, settings),
    blobPath: (etag) => join(folder, 'blobs', fileNameOf(etag)),
    lockPath: (etag) => join(locks, `${fileNameOf(etag)}${LOCK}`),
  };
}

/**
 * Remove what killed downloads of a file's repository left behind it: files half-linked, locks of processes that are gone.
 * What was fetched stays, to go on from. A cache that may only be read is left as it is.
 */
export async function tidyRepo({ repo }: CachedFile, settings: HubSettings): Promise<void> {
  const folder = repoFolder(repo, settings);
  await removeTemporaries(join(folder, 'refs'), { depth: 3 });
  await removeTemporaries(join(folder, 'snapshots'), { depth: 4 });
  const locks = join(settings.cacheDir, '.locks', repoFolderName(repo));
  await removeTemporaries(locks);
  const names = await readdir(locks).catch(() => []);
  for (const name of names) if (name.endsWith(LOCK)) await removeDead(join(locks, name));
}

function fileUrl(repo: HubRepo, path: string, commit: string, settings: HubSettings): string {
  const prefix = repo.type === 'dataset' ? 'datasets/' : '';
  const file = path.split('/').map(encodeURIComponent).join('/');
  return `${settings.endpoint}/${prefix}${repo.name}/resolve/${encodeURIComponent(commit)}/${file}`;
}

function refPathOf(repo: HubRepo, settings: HubSettings): string {
  return joinInside(join(repoFolder(repo, settings), 'refs'), revisionOf(repo), 'revision');
}

function repoFolder(repo: HubRepo, settings: HubSettings): string {
  return join(settings.cacheDir, repoFolderName(repo));
}

function repoFolderName(repo: HubRepo): string {
  return [`${repo.type}s`, ...repo.name.split('/')].join('--');
}

function fileNameOf(etag: string): string {
  const plain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(etag);
  return plain ? etag : createHash('sha256').update(etag).digest('hex');
}

/** The commit that a repository's revision stood for when the hub was last asked; undefined when it never was. */
export async function cachedCommit(
  repo: HubRepo,
  settings: HubSettings,
): Promise<string | undefined> {
  const revision = revisionOf(repo);
  if (isCommit(revision)) return revision;
  const text = await readFile(refPathOf(repo, settings), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Tell whether the cache has a file, and its content is still there. */
export async function isCached({ snapshotPath }: CachedFile): Promise<boolean> {
  return isCachedFile(snapshotPath);
}

/** Tell whether a file stands at a path that can be reached. */
export async function isCachedFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** The files of a snapshot that are on this disk, with their sizes and hashes, ordered by path. */
export async function cachedFiles(
  repo: HubRepo,
  commit: string,
  settings: HubSettings,
): Promise<{ path: string; size: number; id: string | undefined }[]> {
  const root = join(repoFolder(repo, settings), 'snapshots', commit);
  const entries = await readdir(root, { recursive: true }).catch(() => []);
  const files: { path: string; size: number; id: string | undefined }[] = [];
  for (const entry of entries.sort()) {
    const path = join(root, entry);
    const stats = await stat(path).catch(() => undefined);
    if (!stats?.isFile()) continue;
    const id = hashOfBlob(await realpath(path));
    files.push({ path: entry.replaceAll('\\', '/'), size: stats.size, id });
  }
  return files;
}

/** The hub's hash of the content of a file that lies in its cache, by its path without links; undefined for others. */
export function hashOfBlob(realPath: string): string | undefined {
  const name = basename(realPath);
  const isBlob = basename(dirname(realPath)) === 'blobs' && /^[0-9a-f]{40,64}$/.test(name);
  return isBlob ? name : undefined;
}

/** Note which commit a file's branch or tag stands for. */
export async function writeRef({ repo, refPath, commit }: CachedFile): Promise<void> {
  if (isCommit(revisionOf(repo))) return;
  const known = await readFile(refPath, 'utf8').catch(() => '');
  if (known.trim() !== commit) await writeFileAtomic(refPath, commit);
}

/** Make the content with an etag visible as the file: by a relative link, or a copy where links are not to be had. */
export async function linkIntoSnapshot(
  { snapshotPath, blobPath }: CachedFile,
  etag: string,
  { copies }: HubSettings,
): Promise<void> {
  const blob = blobPath(etag);
  const temporary = temporaryPath(snapshotPath);
  try {
    await makeFolder(dirname(snapshotPath));
    const linked =
      !copies &&
      (await symlink(relative(dirname(snapshotPath), blob), temporary).then(
        () => true,
        () => false,
      ));
    if (!linked) await copyFile(blob, temporary);
    await rename(temporary, snapshotPath);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(error, snapshotPath);
  }
}
