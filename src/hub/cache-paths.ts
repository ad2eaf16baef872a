// Names on the hub, and where their files lie in the cache that is shared with Python's huggingface_hub:
//   models--org--name/refs/main                      the commit that a revision stood for
//   models--org--name/blobs/<etag>                   content
//   models--org--name/snapshots/<commit>/<path>      link to a blob
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../base/errors.ts';
import { diskError, joinInside, writeFileAtomic } from '../base/files.ts';
import type { HubSettings } from './settings.ts';

/** A repository on the hub, at a branch, tag or commit (`main` when not given). */
export interface HubRepo {
  readonly type: 'model' | 'dataset';
  /** `org/name` */
  readonly name: string;
  readonly revision?: string;
}

/** Check a repository's name and revision; returns the revision. Throws a UserError. */
export function checkRepo(repo: HubRepo): string {
  const { name, revision = 'main' } = repo;
  const part = '[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?';
  const fits = new RegExp(`^${part}(/${part})?$`).test(name) && !/--|\.\.|\.git$/.test(name);
  if (!fits) throw new UserError(`invalid hub repo: '${name}'`, { hint: "write it as 'org/name'" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (revision === '' || /[\x00-\x20\\~^:?*[]|\.\.|^\/|\/$|\/\//.test(revision)) {
    throw new UserError(`invalid revision '${revision}' of hub repo '${name}'`);
  }
  return revision;
}

/** Check the path of a file in a repository: segments between slashes, none of which leads elsewhere. */
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

/** Folder of a repository in the cache. */
export function repoFolder(settings: HubSettings, repo: HubRepo): string {
  return join(settings.cacheDir, repoFolderName(repo));
}

/** File that holds the commit of a branch or tag. */
export function refPath(settings: HubSettings, repo: HubRepo, revision: string): string {
  return joinInside(join(repoFolder(settings, repo), 'refs'), revision, 'revision');
}

/** Where a file of a commit is found. */
export function snapshotPath(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  path: string,
): string {
  return joinInside(join(repoFolder(settings, repo), 'snapshots', commit), checkFilePath(path));
}

/** Where the content with this etag lies. The etag comes from a server: one that makes no plain file name is hashed. */
export function blobPath(settings: HubSettings, repo: HubRepo, etag: string): string {
  return join(repoFolder(settings, repo), 'blobs', fileNameOf(etag));
}

/** Lock that is held while a blob is written. */
export function lockPath(settings: HubSettings, repo: HubRepo, etag: string): string {
  return join(settings.cacheDir, '.locks', repoFolderName(repo), `${fileNameOf(etag)}.saev.lock`);
}

/** Folder for what saev itself derives from downloads: beside the hub's cache, or inside it where that has its own place. */
export function saevCacheDir(settings: HubSettings): string {
  const { cacheDir } = settings;
  return basename(cacheDir) === 'hub' ? join(dirname(cacheDir), 'saev') : join(cacheDir, 'saev');
}

/** Address of a file on the hub. */
export function fileUrl(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  path: string,
): string {
  const prefix = repo.type === 'dataset' ? 'datasets/' : '';
  const file = path.split('/').map(encodeURIComponent).join('/');
  return `${settings.endpoint}/${prefix}${repo.name}/resolve/${encodeURIComponent(commit)}/${file}`;
}

function repoFolderName(repo: HubRepo): string {
  return [`${repo.type}s`, ...repo.name.split('/')].join('--');
}

function fileNameOf(etag: string): string {
  const plain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(etag);
  return plain ? etag : createHash('sha256').update(etag).digest('hex');
}

/** The commit that a revision stood for when the hub was last asked; undefined when it never was. */
export async function cachedCommit(
  settings: HubSettings,
  repo: HubRepo,
  revision: string,
): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(refPath(settings, repo, revision), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Path of a file in a snapshot, or undefined when it is not (or no longer) there. */
export async function cachedFile(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  path: string,
): Promise<string | undefined> {
  const pointer = snapshotPath(settings, repo, commit, path);
  const isFile = await stat(pointer).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return isFile ? pointer : undefined;
}

/** The files of a snapshot that are on this disk, with their sizes, ordered by path. */
export async function cachedFiles(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
): Promise<{ path: string; size: number }[]> {
  const root = join(repoFolder(settings, repo), 'snapshots', commit);
  const entries = await readdir(root, { recursive: true }).catch(() => []);
  const files: { path: string; size: number }[] = [];
  for (const entry of entries.sort()) {
    const stats = await stat(join(root, entry)).catch(() => undefined);
    if (stats?.isFile()) files.push({ path: entry.replaceAll('\\', '/'), size: stats.size });
  }
  return files;
}

/** Note which commit a revision stands for. */
export async function writeRef(
  settings: HubSettings,
  repo: HubRepo,
  revision: string,
  commit: string,
): Promise<void> {
  if (isCommit(revision) || (await cachedCommit(settings, repo, revision)) === commit) return;
  await writeFileAtomic(refPath(settings, repo, revision), commit);
}

/** Make a blob visible in a snapshot: a relative link, or a copy where links are not to be had. */
export async function linkIntoSnapshot(
  settings: HubSettings,
  repo: HubRepo,
  commit: string,
  path: string,
  etag: string,
): Promise<string> {
  const blob = blobPath(settings, repo, etag);
  const pointer = snapshotPath(settings, repo, commit, path);
  const temporary = `${pointer}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(pointer), { recursive: true });
    const linked =
      !settings.copies &&
      (await symlink(relative(dirname(pointer), blob), temporary).then(
        () => true,
        () => false,
      ));
    if (!linked) await copyFile(blob, temporary);
    await rename(temporary, pointer);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, pointer);
  }
  return pointer;
}
