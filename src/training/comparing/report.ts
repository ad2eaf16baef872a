// A page of runs as a folder that needs no server: index.html, and beside it what is shown of each run.
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readText, writeFileAtomic } from '../../base/files.ts';
import { makeFolder, replaceFolders } from '../../base/folders.ts';
import { mapAhead } from '../../base/iterables.ts';
import { packageVersion } from '../../base/version.ts';
import { island } from '../../pages/page-files.ts';
import { RUN_PAGE_VERSION, RUNS, type RunEntry, runPath } from '../../pages/run-page.ts';
import { SOURCE_NAMES, type SourceIsland } from '../../pages/source.ts';
import { fillTemplate, readTemplate } from '../../pages/template.ts';
import type { RunEntryOptions } from './run-entry.ts';
import { readRunPage } from './run-page.ts';

/** Where a report goes, and what it is called. */
export interface RunsReportOptions {
  /** Folder of the page. */
  readonly to: string;
  /** @default 'Runs' */
  readonly title?: string;
  /** The built page without data; that of this package by default. */
  readonly template?: string;
}

/** What tells a report's page from others'. */
const MARK = '<!-- saev compare -->';

/** Runs that are read at the same time. */
const AT_ONCE = 8;

/**
 * Write a page of runs into a folder; gives the path of its index.html. An earlier report there is replaced.
 * @throws {UserError} where the folder holds another page, or cannot be written.
 */
export async function writeRunsReport(
  runs: readonly RunEntry[],
  { to, title = 'Runs', template: built }: RunsReportOptions,
): Promise<string> {
  const index = join(to, 'index.html');
  await refuseOthers(to, index);
  const template = await readTemplate('runs', built);
  await makeFolder(to);
  await replaceFolders(to, [SOURCE_NAMES.data], async (staging) => {
    const file = (name: string): string => join(staging, SOURCE_NAMES.data, `${name}.js`);
    await writeFileAtomic(file(RUNS), script(RUNS, { version: RUN_PAGE_VERSION, title, runs }));
    const shards: RunEntryOptions['shards'] = new Map();
    const pages = mapAhead(runs, AT_ONCE, ({ folder, id }) => readRunPage(folder, { id, shards }));
    for await (const page of pages) {
      const name = runPath(page.run.id);
      await writeFileAtomic(file(name), script(name, page));
    }
  });
  const told: SourceIsland = { kind: 'files', version: packageVersion() };
  const parts = [MARK, island(SOURCE_NAMES.island, JSON.stringify(told))];
  await writeFileAtomic(index, fillTemplate(template, parts));
  return index;
}

/** A program that gives a value to the page, as a server would answer with it. */
function script(name: string, value: unknown): string {
  return `${SOURCE_NAMES.receive}(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
}

async function refuseOthers(to: string, index: string): Promise<void> {
  const hint = 'name a folder of its own with --out';
  const hasIndex = (await kindOfPath(index)) !== 'nothing';
  if (hasIndex && !(await readText(index, 'page')).includes(MARK))
    throw new UserError(`folder in use: '${index}' is another page`, { hint });
  const data = join(to, SOURCE_NAMES.data);
  if (!hasIndex && (await kindOfPath(data)) !== 'nothing')
    throw new UserError(`folder in use: '${data}' is not of a report`, { hint });
}
