// A workbench over folders: found anew when a while has passed, its models held open.
import { realpath } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { Catalogue } from '../pages/catalogue.ts';
import type { WatchedRun } from '../training/comparing/watch-runs.ts';
import { describeFound } from './catalogue/catalogue.ts';
import { type Found, findAll } from './catalogue/find.ts';
import { createMemory } from './catalogue/memory.ts';
import { fileLeadingOut, isBelow, nameRoots } from './catalogue/roots.ts';
import { openRunEvents } from './events/run-events.ts';
import { openModels } from './models/models.ts';
import { abilities } from './routes/routes.ts';
import { type Limits, USUAL_LIMITS } from './safety/limits.ts';
import { Refusal } from './safety/refusal.ts';
import type { EntryList, Workbench } from './workbench.ts';

/** Milliseconds from one look at runs that train to the next, while somebody listens. */
const WATCH_MS = 500;

/** How long a catalogue is good, in milliseconds. */
const FRESH_MS = 2000;

/** Which kinds of folders the lists of the catalogue are of. */
const KIND_OF: Readonly<Record<EntryList, readonly string[]>> = {
  runs: ['run'],
  features: ['features'],
  circuits: ['circuit'],
  studies: ['study'],
  shards: ['shards'],
  models: ['run', 'coder'],
};

/** What was found at some time. */
interface Look {
  readonly at: number;
  readonly found: Promise<Found[]>;
  readonly catalogue: Promise<Catalogue>;
}

/**
 * Open a workbench over `folders`.
 * @throws {UserError} for a folder that is not there.
 */
export async function openWorkbench(
  folders: readonly string[],
  limits: Limits = USUAL_LIMITS,
): Promise<Workbench> {
  for (const folder of folders) {
    if ((await kindOfPath(folder)) !== 'folder')
      throw new UserError(`missing folder: there is no folder at '${folder}'`);
  }
  const roots = await nameRoots(folders);
  const closing = new AbortController();
  const models = openModels(closing.signal, limits);
  const memory = createMemory(roots);
  let last: Look | undefined;
  const look = (): Look => {
    if (last !== undefined && performance.now() - last.at < FRESH_MS) return last;
    const found = findAll(roots);
    const title = roots.map(({ name }) => name).join(', ');
    const catalogue = found.then(async (all) => {
      const told = await describeFound(all, { title, folders, abilities: abilities() }, memory);
      memory.tidy();
      // What is the same for all who ask within a while need not be put into words again for each.
      return Object.freeze(told);
    });
    catalogue.catch(() => {
      last = undefined;
    });
    last = { at: performance.now(), found, catalogue };
    return last;
  };
  return {
    roots: roots.map(({ folder }) => folder),
    models,
    limits,
    runEvents: openRunEvents({
      every: WATCH_MS,
      find: async () => runsAmong(await look().found),
      signal: closing.signal,
    }),
    signal: closing.signal,
    catalogue: () => look().catalogue,
    forget() {
      last = undefined;
    },
    async folder(list, id) {
      const all = await look().found;
      const found = all.find((each) => each.id === id && KIND_OF[list].includes(each.kind));
      // A folder may have become a link since it was found.
      const real = found && (await realpath(found.folder).catch(() => undefined));
      if (real !== undefined && isBelow(real, roots)) {
        const file = await fileLeadingOut(real, roots);
        if (file === undefined) return found!.folder;
        throw new Refusal(404, `'${file}' of '${found!.shown}' leads out of the opened folders`);
      }
      throw new Refusal(404, `unknown entry of ${list}: '${id}'`, {
        hint: 'it may have been removed since the page was opened: load the page again',
      });
    },
    async beside(list) {
      const kind = list === 'heads' ? 'head' : 'maps';
      return (await look().found).filter((each) => each.kind === kind);
    },
    async close() {
      closing.abort();
      await models.close();
    },
  };
}

/** The runs of what was found, as they are watched. */
function runsAmong(found: readonly Found[]): WatchedRun[] {
  return found
    .filter(({ kind }) => kind === 'run')
    .map(({ id, folder, shown }) => ({ id, folder, path: shown }));
}
