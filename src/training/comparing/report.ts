// A page of runs that needs no server: index.html with what is shown of each run beside it, or all in one file.
import { dirname, extname, join } from 'node:path';
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
  /** Folder of the page, or a file `….html`. */
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
 * Write a page of runs into a folder, or as one file where `to` ends with `.html`; gives the path of the page. An earlier report
 * there is replaced.
 * @throws {UserError} where another page is there, or nothing can be written.
 */
export async function writeRunsReport(
  runs: readonly RunEntry[],
  { to, title = 'Runs', template: built }: RunsReportOptions,
): Promise<string> {
  const isOneFile = extname(to) === '.html';
  const index = isOneFile ? to : join(to, 'index.html');
  await refuseOthers(index, isOneFile ? undefined : join(to, SOURCE_NAMES.data));
  const template = await readTemplate('runs', built);
  const told: SourceIsland = { kind: 'files', version: packageVersion() };
  const parts = [MARK, island(SOURCE_NAMES.island, JSON.stringify(told))];
  if (isOneFile) {
    for await (const [name, value] of dataOf(runs, title)) {
      parts.push(island(SOURCE_NAMES.inside(name), JSON.stringify(value)));
    }
    await makeFolder(dirname(index));
  } else {
    await makeFolder(to);
    await replaceFolders(to, [SOURCE_NAMES.data], async (staging) => {
      for await (const [name, value] of dataOf(runs, title)) {
        const file = join(staging, SOURCE_NAMES.data, `${name}.js`);
        await writeFileAtomic(file, script(name, value));
      }
    });
  }
  await writeFileAtomic(index, fillTemplate(template, parts));
  return index;
}

/** All that the page may ask for, by its name. */
async function* dataOf(
  runs: readonly RunEntry[],
  title: string,
): AsyncGenerator<readonly [name: string, value: unknown]> {
  yield [RUNS, { version: RUN_PAGE_VERSION, title, runs }];
  const shards: RunEntryOptions['shards'] = new Map();
  const pages = mapAhead(runs, AT_ONCE, ({ folder, id }) => readRunPage(folder, { id, shards }));
  for await (const page of pages) yield [runPath(page.run.id), page];
}

/** A program that gives a value to the page, as a server would answer with it. */
function script(name: string, value: unknown): string {
  return `${SOURCE_NAMES.receive}(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
}

/** Stop where a page is that is no report, or data without a page. */
async function refuseOthers(index: string, data: string | undefined): Promise<void> {
  const hint = 'name a place of its own with --out';
  const hasIndex = (await kindOfPath(index)) !== 'nothing';
  if (hasIndex && !(await readText(index, 'page')).includes(MARK))
    throw new UserError(`place in use: '${index}' is another page`, { hint });
  if (!hasIndex && data !== undefined && (await kindOfPath(data)) !== 'nothing')
    throw new UserError(`folder in use: '${data}' is not of a report`, { hint });
}
