// pages.js beside a page: the pages of features that stand near it, so that one leads to the others. Every job writes its
// own list and brings those of its neighbours up to date.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../base/errors.ts';
import { kindOfPath, writeFileAtomic } from '../../base/files.ts';
import { PAGE_NAMES, type SiblingPage } from '../../pages/feature-page.ts';

/** Folders looked through at most: a folder with more holds other things. */
const MOST_FOLDERS = 1000;

const pages = z.array(
  z.object({
    path: z.string().regex(/^[^/\\]+\/sort_by_\w+$/),
    title: z.string(),
    about: z.string(),
  }),
);

/**
 * List the page in `folder`, which is `<root>/<name>/sort_by_<…>`, with all others of such places under the same root, in
 * the `pages.js` of each.
 */
export async function writeSiblingPages(
  folder: string,
  page: Pick<SiblingPage, 'title' | 'about'>,
): Promise<void> {
  const here = resolve(folder);
  const root = dirname(dirname(here));
  const pathOf = (at: string): string => `${basename(dirname(at))}/${basename(at)}`;
  const found = new Map<string, SiblingPage>([[here, { path: pathOf(here), ...page }]]);
  for (const at of await featureFolders(root)) {
    if (at === here) continue;
    const own = (await readPages(at)).find(({ path }) => path === pathOf(at));
    if (own !== undefined) found.set(at, own);
  }
  const all = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const text = `${PAGE_NAMES.receivePages}(${JSON.stringify(all)})\n`;
  for (const at of found.keys()) await writeFileAtomic(join(at, PAGE_NAMES.pagesFile), text);
}

async function readPages(folder: string): Promise<SiblingPage[]> {
  try {
    const text = await readFile(join(folder, PAGE_NAMES.pagesFile), 'utf8');
    return pages.parse(JSON.parse(text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))));
  } catch {
    // None there, or not one of ours: the page has no neighbours to tell of.
    return [];
  }
}

/** Folders `<name>/sort_by_<…>` of a root that hold a page. */
async function featureFolders(root: string): Promise<string[]> {
  const folders = await foldersOf(root);
  if (folders.length > MOST_FOLDERS) return [];
  const found: string[] = [];
  for (const name of folders) {
    for (const inside of await foldersOf(join(root, name))) {
      const at = join(root, name, inside);
      if (!inside.startsWith('sort_by_')) continue;
      if ((await kindOfPath(join(at, 'index.html'))) === 'file') found.push(at);
    }
  }
  return found;
}

async function foldersOf(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
