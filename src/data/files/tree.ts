// Folders and what is below them, whatever the bytes of their names; links to folders are followed.
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errorCode, UserError } from '../../base/errors.ts';
import { pathOfText, textOfName } from '../../base/system/file-names.ts';

/**
 * List the files below a folder by their paths in it, with `/` between names, in no order.
 * @throws {UserError} when a folder cannot be read, or links lead in a circle.
 */
export async function filesBelow(root: string): Promise<string[]> {
  const visited = await visit({ folder: root });
  return visited.flatMap(({ folder, files }) =>
    files.map((file) => relative(root, join(folder, file)).replaceAll('\\', '/')),
  );
}

/** A folder and the files in it. */
interface Visit {
  readonly folder: string;
  readonly files: string[];
  /** Whether a link leads here, or to a folder above. */
  readonly linked: boolean;
}

/**
 * List a folder and all below it, links to folders followed.
 * @throws {UserError} when it cannot be read, or links lead in a circle.
 */
export async function visit(
  { folder, linked }: { folder: string; linked?: boolean },
  above: readonly string[] = [],
): Promise<Visit[]> {
  const path = pathOfText(folder);
  const real = textOfName(await realpath(path, 'buffer'));
  if (above.includes(real))
    throw new UserError(`invalid folder: the link '${folder}' leads back to '${real}'`);
  const isLinked = linked ?? (await lstat(path)).isSymbolicLink();
  const { folders, files, links } = await listFolder(folder);
  const visits = [{ folder, files, linked: isLinked }];
  for (const name of folders) {
    const below = { folder: join(folder, name), linked: isLinked || links.has(name) };
    visits.push(...(await visit(below, [...above, real])));
  }
  return visits;
}

/** What stands in a folder, by name. */
interface Listing {
  readonly folders: string[];
  readonly files: string[];
  /** Those of the folders that are links. */
  readonly links: ReadonlySet<string>;
}

/**
 * List what stands in a folder, names that are no UTF-8 included.
 * @throws {UserError} when it cannot be read.
 */
export async function listFolder(folder: string): Promise<Listing> {
  let entries: Dirent<Buffer>[];
  try {
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    entries = await readdir(pathOfText(folder), options);
  } catch (cause) {
    throw new UserError(`folder cannot be read: '${folder}'`, { cause });
  }
  const folders: string[] = [];
  const files: string[] = [];
  const links = new Set<string>();
  for (const entry of entries) {
    const name = textOfName(entry.name);
    const isLink = entry.isSymbolicLink();
    const isFolder = isLink ? await leadsToFolder(join(folder, name)) : entry.isDirectory();
    (isFolder ? folders : files).push(name);
    if (isFolder && isLink) links.add(name);
  }
  return { folders, files, links };
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(pathOfText(link))).isDirectory();
  } catch (error) {
    if (errorCode(error) !== undefined) return false; // it leads nowhere
    throw error;
  }
}
