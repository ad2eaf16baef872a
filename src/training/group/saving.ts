// Saving where the runs of a group stand, so that all of them can go on from the same step.
import { logger } from '../../base/log.ts';
import type { Member } from './members.ts';
import { keepOnlyState, saveState } from './state.ts';

const log = logger('train');

/** Save where the runs stand, and say so. */
export async function stopAt(members: readonly Member[], step: number): Promise<void> {
  await saveMembers(members, step);
  log.info(`stopped at step ${step}; the same command with --resume goes on from there`);
}

/** Write the state of every run, then remove older ones: a kill in between leaves a step that all of them have. */
export async function saveMembers(members: readonly Member[], step: number): Promise<void> {
  for (const member of members) {
    await member.run.check();
    await saveState(member.run.file('state'), member);
  }
  for (const { run } of members) await keepOnlyState(run.file('state'), step);
}
