// Heads below the opened folders, under ids of the page.
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import type { FoundHead } from '../../studies/steering/heads.ts';
import { readEditHeads } from '../../studies/steering/read-heads.ts';
import type { Workbench } from '../workbench.ts';

const log = logger('serve');

/** Heads that were read, by their folders: they do not change under the same name and time. */
const known = new WeakMap<Workbench, Map<string, Promise<FoundHead>>>();

/** Read all heads; what cannot be read is left out, and logged. */
export async function headsOf(workbench: Workbench): Promise<FoundHead[]> {
  const found = await workbench.beside('heads');
  const read = known.get(workbench) ?? new Map<string, Promise<FoundHead>>();
  known.set(workbench, read);
  const heads = await Promise.all(
    found.map(async ({ folder, id }) => {
      const head =
        read.get(folder) ?? readEditHeads([folder]).then(([first]) => ({ ...first!, id }));
      read.set(folder, head);
      try {
        return await head;
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
