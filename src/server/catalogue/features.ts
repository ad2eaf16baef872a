// Pages of features, as lists name them.

import { basename, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath } from '../../base/files.ts';
import type { FeaturesEntry, RunSummary } from '../../pages/catalogue.ts';
import { openPageFolder } from '../../pages/page-folder.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import type { Memory } from './memory.ts';
import { headOfPage } from './page-head.ts';

/** Largest page that is read. */
const PAGE_BYTES = 2 ** 28;

/** Facts of a page that name the coder it shows. */
const CODER_FACTS = ['Autoencoder', 'Transcoder'];

/** Describe a page of features, with the run that it shows: the one that it lies in, or else the one that it names. */
export async function describeFeatures(
  found: Found,
  runs: readonly RunSummary[],
  memory: Memory,
): Promise<FeaturesEntry> {
  const around = runs.find(({ folder }) => found.shown.startsWith(`${folder}/`));
  const entry = { ...entryOf(found), ...(around && { run: around.id }) };
  try {
    const files = [{ name: 'index.html', maxBytes: PAGE_BYTES }];
    const { coder, ...facts } = await memory.recall('features', found.folder, files, () =>
      readFacts(found.folder),
    );
    const run = around ?? runs.find(({ title }) => title === basename(coder ?? ''));
    return { ...entry, ...facts, ...(run && { run: run.id }) };
  } catch (error) {
    return { ...entry, modality: 'image', features: 0, dSae: 0, ...faultOf(error, found) };
  }
}

async function readFacts(folder: string) {
  if ((await kindOfPath(join(folder, 'index.html'))) !== 'file')
    throw new UserError('its page has not been written yet');
  const { title, facts, modality, features, dSae } =
    (await headOfPage(folder)) ?? (await openPageFolder(folder).packedIndex());
  const coder = facts.find(([label]) => CODER_FACTS.includes(label))?.[1];
  return { title, coder, modality, features: features.count, dSae };
}
