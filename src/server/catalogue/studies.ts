// Results of studies, as lists name them.
import { readdir } from 'node:fs/promises';
import { UserError } from '../../base/errors.ts';
import type { StudyEntry } from '../../pages/catalogue.ts';
import { studyKindOf } from '../../studies/results/kinds.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';

/** Describe the results of a study. */
export async function describeStudy(found: Found): Promise<StudyEntry> {
  try {
    const kind = studyKindOf(new Set(await readdir(found.folder)));
    if (kind === undefined) throw new UserError('its files have gone');
    return { ...entryOf(found), kind: kind.name };
  } catch (error) {
    return { ...entryOf(found), kind: '', ...faultOf(error, found) };
  }
}
