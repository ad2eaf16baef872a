// Runs, as lists name them.
import { folderOwner } from '../../base/lock.ts';
import type { RunSummary } from '../../pages/catalogue.ts';
import { readRunRecord } from '../../training/runs/run-directory.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';

/** Describe a run; one that nobody trains any more has stopped, whatever it says of itself. */
export async function describeRun(found: Found, memory: Memory): Promise<RunSummary> {
  try {
    const { status, tag } = await memory.recall('run', found.folder, [{ name: 'run.json' }], () =>
      readRunRecord(found.folder),
    );
    const isDead = status === 'running' && (await folderOwner(found.folder)) === undefined;
    return { ...entryOf(found), state: isDead ? 'stopped' : status, ...(tag && { tag }) };
  } catch (error) {
    return { ...entryOf(found), state: 'stopped', ...faultOf(error, found) };
  }
}
