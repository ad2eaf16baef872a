// What stands in a folder after a job, told so that two jobs can be compared: times, hosts and names of runs left out.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary } from '../../src/base/system/temporary.ts';

/** Hash of what each file holds, by its path. */
export type Tree = ReadonlyMap<string, string>;

/** Time and seconds in the name of a run. */
const RUN = /\d{8}-\d{6}(\.\d+)?-(?=[0-9a-f]{6})/g;

/** Read a folder; a missing one is empty. */
export async function readTree(folder: string): Promise<Tree> {
  const tree = new Map<string, string>();
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names.sort()) {
    const path = join(folder, name);
    // A link counts as what it leads to: where links are refused, copies are made.
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isDirectory()) continue;
    const key = name.replace(RUN, '*-');
    // Two runs of the same settings would be one here.
    tree.set(
      tree.has(key) ? `${key} again, ${name}` : key,
      stats === undefined ? 'a link to nothing' : await contentOf(path),
    );
  }
  return tree;
}

async function contentOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  const isText = /\.(json|jsonl|html)$/.test(path);
  const text = isText ? timeless(bytes.toString('utf8')) : bytes;
  return createHash('sha256').update(text).digest('hex');
}

function timeless(text: string): string {
  return text
    .replace(RUN, '*-')
    .replace(/"resume":\s*(true|false)/g, '"resume":0')
    .replace(
      /"(time|started|finished|createdAt|created|mtimeMs)":\s*("[^"]*"|[\d.e+]+)/g,
      '"$1":0',
    );
}

/** How a tree differs from the one that it should be; leavings of killed writers are told apart. */
export function compareTrees(
  expected: Tree,
  found: Tree,
): { different: string[]; leftovers: string[] } {
  const different = [...expected.keys()].filter((name) => found.get(name) !== expected.get(name));
  const leftovers: string[] = [];
  for (const name of found.keys()) {
    if (expected.has(name)) continue;
    const isLeft = name
      .split('/')
      .some((part) => isTemporary(part) || /^\.saev-lock$|\.saev\.lock$/.test(part));
    (isLeft ? leftovers : different).push(name);
  }
  return { different, leftovers };
}
