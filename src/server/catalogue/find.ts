// What lies below the opened folders: every folder that one of the kinds knows.
import { readdir, realpath } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { errorCode } from '../../base/errors.ts';
import { idOfPath } from './ids.ts';
import { KINDS } from './kinds.ts';

/** Levels below an opened folder that are looked through, and folders at most. */
const DEPTH = 7;
const MOST_FOLDERS = 20_000;

/** Folders that hold the parts of something, never a thing of their own. */
const INSIDES = new Set(
  'images neurons data dashboards neuronpedia checkpoint checkpoints state node_modules engine'.split(
    ' ',
  ),
);

/** A folder that something was found in. */
export interface Found {
  readonly id: string;
  /** Name of its kind. */
  readonly kind: string;
  /** Where it is. */
  readonly folder: string;
  /** The same for people, from the opened folder on. */
  readonly shown: string;
}

/** Find everything below `roots`, in the order of names. */
export async function findAll(roots: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  let looked = 0;
  const visit = async (root: string, folder: string, depth: number): Promise<void> => {
    if (depth > DEPTH || looked++ > MOST_FOLDERS) return;
    const entries = await list(folder);
    const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
    const shown = shownPath(root, folder);
    const here = KINDS.filter((kind) => kind.isThere(files, basename(folder)));
    for (const { name } of here) found.push({ id: idOfPath(shown), kind: name, folder, shown });
    if (here.some(({ isLeaf }) => isLeaf)) return;
    const names = entries
      .filter(({ name }) => !name.startsWith('.') && !INSIDES.has(name))
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .sort();
    for (const name of names) {
      const inside = join(folder, name);
      if (await staysBelow(root, inside)) await visit(root, inside, depth + 1);
    }
  };
  for (const root of roots) await visit(resolve(root), resolve(root), 0);
  return found;
}

/** Whether a folder lies, links followed, below the opened one. */
async function staysBelow(root: string, folder: string): Promise<boolean> {
  try {
    const [top, real] = [await realpath(root), await realpath(folder)];
    return real === top || real.startsWith(top.endsWith(sep) ? top : top + sep);
  } catch {
    return false;
  }
}

function shownPath(root: string, folder: string): string {
  const below = relative(root, folder).split(sep).join('/');
  return below === '' ? basename(root) : `${basename(root)}/${below}`;
}

async function list(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? ''))
      return [];
    throw error;
  }
}
