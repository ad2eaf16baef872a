// The page itself, with what it needs to know of its supplier.
import { packageVersion } from '../../base/version.ts';
import { island } from '../../pages/page-files.ts';
import { SOURCE_NAMES, type SourceIsland } from '../../pages/source.ts';
import { fillTemplate, readTemplate } from '../../pages/template.ts';

/** Fill the page; `template` is the built page without data, that of this package by default. */
export async function workbenchPage(
  supplier: Omit<SourceIsland, 'version'>,
  template?: string,
): Promise<string> {
  const told: SourceIsland = { ...supplier, version: packageVersion() };
  return fillTemplate(await readTemplate('workbench', template), [
    island(SOURCE_NAMES.island, JSON.stringify(told)),
  ]);
}
