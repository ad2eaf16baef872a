// The cache's snapshots: which file of which commit is on this disk.
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { diskError, writeFileAtomic } from '../base/files.ts';
import {
  blobPath,
  type HubRepo,
  isCommit,
  refPath,
  repoFolder,
  snapshotPath,
} from './cache-paths.ts';
import type { HubSettings } from './settings.ts';

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
