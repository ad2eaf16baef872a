// saev publish: the workbench with its data as files for any web host, and for the disk.
import { startProgress } from '../../base/progress.ts';
import type { Catalogue } from '../../pages/catalogue.ts';
import { openWorkbench } from '../open-workbench.ts';
import { ACT_ROUTES, DATA_ROUTES } from '../routes/routes.ts';
import type { Workbench } from '../workbench.ts';
import { chooseRuns } from './choose-runs.ts';
import type { PublishConfig } from './config.ts';
import { type DataFiles, type PublishedPart, writeDataFiles } from './data-files.ts';
import { publishedPage } from './page.ts';
import { portable } from './portable.ts';
import { replacePublication } from './publication.ts';

/** What was published. */
export interface Publication {
  readonly folder: string;
  readonly title: string;
  /** Files and bytes by the kind of data. */
  readonly parts: readonly PublishedPart[];
  readonly bytes: number;
  /** What could not be read, and why: the page says so in its place. */
  readonly left: DataFiles['left'];
}

/** Why nothing is asked of a page without a server. */
const NO_SERVER =
  'This is a published copy: open the folders it was made of with saev serve to use this.';

/**
 * Write the workbench over folders with its data as files into `to`.
 * @throws {UserError} when a folder or run is not there, or `to` is no place for it.
 */
export async function publish(
  { folders, to, title, runs }: Pick<PublishConfig, 'folders' | 'to' | 'title' | 'runs'>,
  options: { signal?: AbortSignal; template?: string } = {},
): Promise<Publication> {
  const opened = await openWorkbench(folders);
  const progress = startProgress('publish', { unit: 'files' });
  try {
    const whole = await opened.catalogue();
    const clean = portable(opened.roots);
    const catalogue: Catalogue = {
      ...chooseRuns(whole, runs),
      title: title ?? whole.title,
      abilities: Object.fromEntries(ACT_ROUTES.map(({ name }) => [name, NO_SERVER])),
    };
    const workbench: Workbench = { ...opened, catalogue: async () => catalogue };
    const { parts, left } = await replacePublication(to, folders, async (staging) => {
      const files = await writeDataFiles(staging, DATA_ROUTES, workbench, {
        portable: clean,
        signal: options.signal,
        onFile: (path) => progress.tick(1, path),
      });
      const page = (data: string): Promise<string> =>
        publishedPage({ title: catalogue.title, data }, options.template);
      return { ...files, page };
    });
    progress.finish();
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return { folder: to, title: catalogue.title, parts, bytes, left };
  } finally {
    progress.end();
    await opened.close();
  }
}
