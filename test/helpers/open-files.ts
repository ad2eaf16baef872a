// How many files this process has open, for tests of who closes what.
import { readdir, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';

const DESCRIPTORS = '/proc/self/fd';

/** Open descriptors of files in `folder`, by path, sorted; undefined where the system does not tell (not Linux). */
export async function openFilesIn(folder: string): Promise<string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const paths = await Promise.all(
    // A descriptor may be gone before it is looked at: the folder's own, for one.
    (await readdir(DESCRIPTORS)).map((fd) => readlink(join(DESCRIPTORS, fd)).catch(() => '')),
  );
  return paths.filter((path) => path.startsWith(folder + sep)).sort();
}
