// The opened folders, each under a name that tells it from the others.
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';

/** A folder that was opened. */
export interface Root {
  /** Its last parts, as many as tell it from the others: `runs`, or `sweep/runs` beside `old/runs`. */
  readonly name: string;
  readonly folder: string;
  /** The same, links followed. */
  readonly real: string;
}

/** Name the opened folders; one that is named twice is opened once. */
export async function nameRoots(folders: readonly string[]): Promise<Root[]> {
  const byReal = new Map<string, string>();
  for (const folder of folders) {
    const real = await realpath(folder);
    if (!byReal.has(real)) byReal.set(real, resolve(folder));
  }
  const all = [...byReal.values()];
  return [...byReal].map(([real, folder]) => ({ name: shortName(folder, all), folder, real }));
}

/** Whether a path, links followed, lies below one of the opened folders or is one. */
export function isBelow(real: string, roots: readonly Pick<Root, 'real'>[]): boolean {
  return roots.some(
    (root) =>
      real === root.real || real.startsWith(root.real.endsWith(sep) ? root.real : root.real + sep),
  );
}

/** Whether a file is a link that leads out of the opened folders, by itself or by a folder on the way. */
export async function leadsOut(
  path: string,
  roots: readonly Pick<Root, 'real'>[],
): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  return real !== undefined && !isBelow(real, roots);
}

/** The first file of a folder that is such a link; undefined where there is none. */
export async function fileLeadingOut(
  folder: string,
  roots: readonly Pick<Root, 'real'>[],
): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(folder, entry.name);
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isFile && (await leadsOut(path, roots))) return entry.name;
  }
  return undefined;
}

function shortName(folder: string, all: readonly string[]): string {
  const parts = folder.split(sep).filter((part) => part !== '');
  for (let n = 1; n <= parts.length; n++) {
    const name = parts.slice(-n).join('/');
    const alike = all.filter((other) => `/${other.split(sep).join('/')}`.endsWith(`/${name}`));
    if (alike.length === 1) return name;
  }
  return parts.length === 0 ? basename(folder) || 'root' : parts.join('/');
}
