// Pages of features, as lists name them.

import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { FeaturesEntry, RunSummary } from '../../pages/catalogue.ts';
import { openPageFolder } from '../../pages/page-folder.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';

/** Largest page that is read. */
const PAGE_BYTES = 2 ** 28;

/** Describe a page of features, with the run that it lies in. */
export async function describeFeatures(
  found: Found,
  runs: readonly RunSummary[],
  memory: Memory,
): Promise<FeaturesEntry> {
  const run = runs.find(({ folder }) => found.shown.startsWith(`${folder}/`));
  const entry = { ...entryOf(found), ...(run && { run: run.id }) };
  try {
    const files = [{ name: 'index.html', maxBytes: PAGE_BYTES }];
    const facts = await memory.recall('features', found.folder, files, () =>
      readFacts(found.folder),
    );
    return { ...entry, ...facts };
  } catch (error) {
    return { ...entry, modality: 'image', features: 0, dSae: 0, ...faultOf(error, found) };
  }
}

async function readFacts(folder: string) {
  if ((await kindOfPath(join(folder, 'index.html'))) !== 'file')
    throw new UserError('its page has not been written yet');
  const { modality, features, dSae } = await openPageFolder(folder).index();
  return { modality, features: features.latent.length, dSae };
}
