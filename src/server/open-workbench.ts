// A workbench over folders: found anew when a while has passed, its models held open.
import { basename, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { Catalogue } from '../pages/catalogue.ts';
import { describeFound } from './catalogue/catalogue.ts';
import { type Found, findAll } from './catalogue/find.ts';
import { openModels } from './models/models.ts';
import { abilities } from './routes/routes.ts';
import type { EntryList, Workbench } from './workbench.ts';

/** How long a catalogue is good, in milliseconds. */
const FRESH_MS = 2000;

/** Which kinds of folders the lists of the catalogue are of. */
const KIND_OF: Readonly<Record<EntryList, readonly string[]>> = {
  runs: ['run'],
  features: ['features'],
  circuits: ['circuit'],
  studies: ['study'],
  shards: ['shards'],
  models: ['run'],
};

/**
 * Open a workbench over `folders`.
 * @throws {UserError} for a folder that is not there.
 */
export async function openWorkbench(folders: readonly string[]): Promise<Workbench> {
  for (const folder of folders) {
    if ((await kindOfPath(folder)) !== 'folder')
      throw new UserError(`missing folder: there is no folder at '${folder}'`);
  }
  const closing = new AbortController();
  const models = openModels(closing.signal);
  const roots = folders.map((folder) => resolve(folder));
  let looked: { at: number; found: Promise<Found[]>; catalogue: Promise<Catalogue> } | undefined;
  const look = () => {
    if (looked !== undefined && performance.now() - looked.at < FRESH_MS) return looked;
    const found = findAll(roots);
    const catalogue = found.then((all) =>
      describeFound(all, {
        title: roots.map((root) => basename(root)).join(', '),
        folders,
        abilities: abilities(),
      }),
    );
    catalogue.catch(() => {
      looked = undefined;
    });
    looked = { at: performance.now(), found, catalogue };
    return looked;
  };
  return {
    roots,
    models,
    signal: closing.signal,
    catalogue: () => look().catalogue,
    async folder(list, id) {
      const all = await look().found;
      const found = all.find((each) => each.id === id && KIND_OF[list].includes(each.kind));
      if (found !== undefined) return found.folder;
      throw new UserError(`unknown entry of ${list}: '${id}'`, {
        hint: 'it may have been removed since the page was opened: load the page again',
      });
    },
    async close() {
      closing.abort();
      await models.close();
    },
  };
}
