// The run directories that names mean, and their lines of a table.
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import { mapAhead } from '../../base/iterables.ts';
import { isTemporary } from '../../base/system/temporary.ts';
import type { RunEntry } from '../../pages/run-page.ts';
import { type RunEntryOptions, readRunEntry } from './run-entry.ts';

/** Folders below a named one that runs are looked for in: `demo-out/runs/ID`, `sweeps/2026/runs/ID`. */
const DEPTH = 4;

/** Runs that are read at the same time. */
const AT_ONCE = 16;

/** A run directory, with its path below what was named. */
export interface FoundRun {
  readonly folder: string;
  /** Of slashes and names; its own name where it was named itself. */
  readonly path: string;
}

/**
 * Find run directories: those named, and those below named folders, in order, none twice. Folders that hold a config
 * or metrics but no run.json under a name of a run are damaged runs, and found, too.
 * @throws {UserError} for a name at which there is no folder.
 */
export async function findRunFolders(names: readonly string[]): Promise<FoundRun[]> {
  const found = new Map<string, FoundRun>();
  for (const name of names) {
    if ((await kindOfPath(name)) !== 'folder') {
      throw new UserError(`missing runs: '${name}' is no folder`, {
        hint: 'name runs, or folders that hold some',
      });
    }
    for (const folder of await runsBelow(name, DEPTH)) {
      const path = relative(name, folder).split('\\').join('/') || basename(folder);
      if (!found.has(folder)) found.set(folder, { folder, path });
    }
  }
  return [...found.values()];
}

async function runsBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = new Set(entries.map(({ name }) => name));
  if (isRunFolder(basename(folder), names)) return [folder];
  if (depth === 0) return [];
  const inside = entries
    .filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !isTemporary(entry.name),
    )
    .map(({ name }) => join(folder, name))
    .sort();
  const found = await Promise.all(inside.map((each) => runsBelow(each, depth - 1)));
  return found.flat();
}

/** Names that training gives to runs. */
const RUN_NAME = /^\d{8}-\d{6}(\.\d+)?-[0-9a-f]{6}$/;

function isRunFolder(name: string, files: ReadonlySet<string>): boolean {
  if (files.has('run.json')) return true;
  return RUN_NAME.test(name) && (files.has('config.json') || files.has('metrics.jsonl'));
}

/** Read found runs as lines of a table, in their order, several at a time. */
export async function readRunEntries(
  found: readonly (FoundRun & { readonly id?: string })[],
): Promise<RunEntry[]> {
  const shards: RunEntryOptions['shards'] = new Map();
  const read = ({ folder, id }: FoundRun & { readonly id?: string }): Promise<RunEntry> =>
    readRunEntry(folder, { ...(id !== undefined && { id }), shards });
  const entries: RunEntry[] = [];
  for await (const entry of mapAhead(found, AT_ONCE, read)) entries.push(entry);
  return entries;
}
