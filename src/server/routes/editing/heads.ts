// Heads below the opened folders, under ids of the page.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { logger } from '../../../base/log.ts';
import type { FoundHead } from '../../../studies/steering/heads/heads.ts';
import { readEditHeads } from '../../../studies/steering/heads/read-heads.ts';
import type { Workbench } from '../../workbench.ts';

const log = logger('serve');

/** Heads that were read, by their folders, with the times of the files they were read from. */
const known = new WeakMap<Workbench, Map<string, KnownHead>>();

interface KnownHead {
  readonly times: string;
  readonly head: Promise<FoundHead>;
}

/** Read all heads; what cannot be read is left out, and logged. */
export async function headsOf(workbench: Workbench): Promise<FoundHead[]> {
  const found = await workbench.beside('heads');
  const read = known.get(workbench) ?? new Map<string, KnownHead>();
  known.set(workbench, read);
  const heads = await Promise.all(
    found.map(async ({ folder, id }) => {
      const times = await timesOf(folder);
      let entry = read.get(folder);
      if (entry?.times !== times) {
        // A head that was trained again is read again.
        entry = { times, head: readEditHeads([folder]).then(([first]) => ({ ...first!, id })) };
        read.set(folder, entry);
      }
      try {
        return await entry.head;
      } catch (error) {
        read.delete(folder);
        if (!(error instanceof UserError)) throw error;
        log.warn(`a head is left out: ${error.message}`);
        return undefined;
      }
    }),
  );
  return heads.filter((head) => head !== undefined);
}

/** When the files in a folder changed last, and how long they are. */
async function timesOf(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const files = names.map(async (name) => {
    const about = await stat(join(folder, name)).catch(() => undefined);
    return `${name} ${about?.mtimeMs} ${about?.size}`;
  });
  return (await Promise.all(files)).join('\n');
}
