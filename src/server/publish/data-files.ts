// Every piece of data as a file: a script that hands it to the page, so that it opens from the disk, too; or a picture.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { SOURCE_NAMES } from '../../pages/source.ts';
import { fillPath } from '../routes/data-path.ts';
import { DataFile, type DataRoute, type Places } from '../routes/route.ts';
import type { Workbench } from '../workbench.ts';
import type { Portable } from './portable.ts';

/** Files of one kind. */
export interface PublishedPart {
  /** First part of their paths: `runs`, `features`. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** What was written. */
export interface DataFiles {
  readonly parts: readonly PublishedPart[];
  /** What could not be read, and why. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
  /** A short name of all contents: the same data has the same. */
  readonly mark: string;
}

/** How data is written. */
export interface DataFilesOptions {
  readonly portable: Portable;
  readonly signal?: AbortSignal | undefined;
  /** Hears of every file. */
  readonly onFile?: (path: string) => void;
}

/** Write all that the routes list into `folder`. */
export async function writeDataFiles(
  folder: string,
  routes: readonly DataRoute[],
  workbench: Workbench,
  { portable, signal, onFile }: DataFilesOptions,
): Promise<DataFiles> {
  const parts = new Map<string, { files: number; bytes: number }>();
  const left: { path: string; reason: string }[] = [];
  const hash = createHash('sha256');
  for (const route of routes) {
    const onTrouble = (reason: string): void => {
      left.push({ path: route.path, reason: portable(reason) });
    };
    for await (const places of listed(route, workbench, onTrouble)) {
      signal?.throwIfAborted();
      const path = fillPath(route.path, places);
      const told = await contentOf(route, places, { workbench, path, portable });
      if (told.reason !== undefined) left.push({ path, reason: told.reason });
      const file = told.isFile ? path : `${path}.js`;
      await place(join(folder, file), told.content);
      hash.update(`${file}\n${told.content.length}\n`).update(told.content);
      const name = path.split('/', 1)[0]!;
      const part = parts.get(name) ?? { files: 0, bytes: 0 };
      parts.set(name, {
        files: part.files + 1,
        bytes: part.bytes + Buffer.byteLength(told.content),
      });
      onFile?.(file);
    }
  }
  return {
    parts: [...parts].map(([name, part]) => ({ name, ...part })),
    left,
    mark: hash.digest('hex').slice(0, 12),
  };
}

/** What a route lists, as far as it can be listed. */
async function* listed(
  route: DataRoute,
  workbench: Workbench,
  onTrouble: (reason: string) => void,
): AsyncGenerator<Places> {
  try {
    yield* await route.list(workbench);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onTrouble(error.message);
  }
}

interface Content {
  readonly isFile: boolean;
  readonly content: string | Uint8Array;
  readonly reason?: string;
}

/** What is written of one piece; where it cannot be read, the page is told why. */
async function contentOf(
  route: DataRoute,
  places: Places,
  { workbench, path, portable }: { workbench: Workbench; path: string; portable: Portable },
): Promise<Content> {
  try {
    const value = await route.read(places, workbench);
    if (value instanceof DataFile) return { isFile: true, content: value.bytes };
    return { isFile: false, content: script(path, portable(value)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = portable(error.message);
    return { isFile: false, content: script(path, undefined, reason), reason };
  }
}

/** The script that hands a value to the page. Written as data, so that no key of it means anything to the language. */
function script(path: string, value: unknown, reason?: string): string {
  const json = JSON.stringify(value) ?? 'undefined';
  const told = json.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(json)})` : json;
  const last = reason === undefined ? '' : `,${JSON.stringify(reason)}`;
  return `${SOURCE_NAMES.receive}(${JSON.stringify(path)},${told}${last})`;
}

async function place(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFile(path, content).catch((error: unknown) => {
    throw diskError(error, path);
  });
}
