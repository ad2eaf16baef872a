// Files that saev derives from others, such as weights in another format: each made once, in the first place that can be
// written, for a cache may be shared, or have come with an image, and then it may only be read.
import { constants } from 'node:fs';
import { access, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { withLock } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import { type HubSettings, hubSettings } from '../settings.ts';
import { isCachedFile } from './cache-paths.ts';

const log = logger('hub');

/** Where a derived file may be kept. */
export interface DerivedOptions {
  readonly settings?: HubSettings | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Give the path of the derived file `name` (`processed/gpt2-….safetensors`), making it with `make` where no place has it.
 * Its name must tell what it is derived from.
 * @throws {UserError} when none of the places can be written.
 */
export async function derivedFile(
  name: string,
  make: (target: string) => Promise<void>,
  { settings = hubSettings(), signal }: DerivedOptions = {},
): Promise<string> {
  const folders = derivedFolders(settings);
  for (const folder of folders) {
    const path = join(folder, name);
    if ((await isTrusted(folder)) && (await isCachedFile(path))) return path;
  }
  const folder = await firstWritable(folders, dirname(name));
  const target = join(folder, name);
  const makeOnce = async (): Promise<void> => {
    if (!(await isCachedFile(target))) await make(target);
  };
  await withLock(`${target}.lock`, makeOnce, signal);
  return target;
}

/**
 * List the folders that derived files may be in, the best first: only the chosen one where one was chosen; else beside the
 * hub's cache (inside it where that has its own place), else in the person's cache, else among temporary files.
 */
export function derivedFolders({ cacheDir, derivedDir }: HubSettings): string[] {
  if (derivedDir !== undefined) return [derivedDir];
  const beside = basename(cacheDir) === 'hub' ? dirname(cacheDir) : cacheDir;
  const own = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache');
  return [...new Set([join(beside, 'saev'), join(own, 'saev'), temporaryFolder()])];
}

/** A folder among temporary files that is this person's alone. */
function temporaryFolder(): string {
  return join(tmpdir(), `saev-${process.getuid?.() ?? 'cache'}`);
}

async function firstWritable(folders: readonly string[], inside: string): Promise<string> {
  for (const folder of folders) {
    const target = join(folder, inside);
    try {
      await mkdir(folder, { recursive: true, mode: folder === temporaryFolder() ? 0o700 : 0o777 });
      await mkdir(target, { recursive: true });
      await access(target, constants.W_OK | constants.X_OK);
    } catch {
      continue;
    }
    if (!(await isTrusted(folder))) continue;
    if (folder !== folders[0])
      log.info("'{first}' cannot be written: deriving files in {folder}", {
        first: folders[0],
        folder,
      });
    return folder;
  }
  throw new UserError(`no place for derived files: '${folders.join("', '")}' cannot be written`, {
    hint: 'name a folder for them in SAEV_DERIVED_DIR',
  });
}

/** What others may have laid among temporary files is not read. */
async function isTrusted(folder: string): Promise<boolean> {
  if (folder !== temporaryFolder() || process.getuid === undefined) return true;
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined) return false;
  return stats.isDirectory() && stats.uid === process.getuid() && (stats.mode & 0o022) === 0;
}
