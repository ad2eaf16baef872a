// What a set of files is, told from their names, sizes and times, so that what was made from it can be told from what was
// made from another set, or from the same one before it changed.
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapAhead } from '../../base/iterables.ts';
import { pathOfText } from '../../base/system/file-names.ts';

/** Where data come from, and what was there. Two sets are the same where their hashes are. */
export interface DataOrigin {
  /** Folder or file, without links; or the repository of the hub and its commit. */
  readonly where: string;
  readonly files: number;
  /** Size of all files together. */
  readonly bytes: number;
  /** The file that was changed last. */
  readonly newest?: string | undefined;
  /** Of the files' names, sizes and times; of files on the hub, of the hashes that it gives them. */
  readonly hash: string;
}

/** A file of the hub, as a listing names it. */
interface ListedFile {
  readonly path: string;
  readonly size: number;
  /** The hub's hash of its content. */
  readonly id?: string | undefined;
}

/** Files whose properties are asked for at the same time. */
const CONCURRENCY = 64;

/** Look at the files `names` of `root` (of `root` itself where a name is empty), in this order. */
export async function originOfFiles(root: string, names: readonly string[]): Promise<DataOrigin> {
  const hash = createHash('sha256');
  let bytes = 0;
  let newest: { name: string; time: number } | undefined;
  const look = async (name: string) => ({ name, ...(await stampOf(join(root, name))) });
  for await (const { name, size, time } of mapAhead(names, CONCURRENCY, look)) {
    hash.update(`${name}\0${size}\0${time}\n`);
    bytes += size;
    if (newest === undefined || time > newest.time) newest = { name, time };
  }
  const where = await realpath(pathOfText(root)).catch(() => root);
  return {
    where: String(where),
    files: names.length,
    bytes,
    newest: newest?.name || undefined,
    hash: hash.digest('hex'),
  };
}

/** Name files of one commit of a repository. A commit that left them as they were makes them no other set. */
export function originOnHub(
  repo: string,
  commit: string,
  files: readonly ListedFile[],
): DataOrigin {
  const hash = createHash('sha256').update(`${repo}\n`);
  for (const { path, size, id } of files) hash.update(`${path}\0${size}\0${id ?? commit}\n`);
  return {
    where: `hf-hub:${repo}@${commit}`,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    hash: hash.digest('hex'),
  };
}

/** A file that is not there, such as the end of a link that leads nowhere, has no size and no time. */
async function stampOf(path: string): Promise<{ size: number; time: number }> {
  const stats = await stat(pathOfText(path)).catch(() => undefined);
  return stats === undefined
    ? { size: 0, time: 0 }
    : { size: stats.size, time: Math.floor(stats.mtimeMs) };
}
