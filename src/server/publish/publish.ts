// saev publish: the workbench with its data as files for any web host, and for the disk.
import { createHash } from 'node:crypto';
import { startProgress } from '../../base/progress.ts';
import type { Catalogue } from '../../pages/catalogue.ts';
import { openWorkbench } from '../open-workbench.ts';
import { ACT_ROUTES, DATA_ROUTES } from '../routes/routes.ts';
import type { Workbench } from '../workbench.ts';
import { chooseRuns } from './choose-runs.ts';
import type { PublishConfig } from './config.ts';
import { type DataFiles, type PublishedPart, writeDataFiles } from './data-files.ts';
import { writeModels } from './models.ts';
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

/** What is published, and where. */
export type PublishOptions = Pick<PublishConfig, 'folders' | 'to' | 'title' | 'runs'> &
  Partial<Pick<PublishConfig, 'maxModel'>>;

/** Why nothing is asked of a page without a server. */
const NO_SERVER =
  'This is a published copy: open the folders it was made of with saev serve to use this.';

/**
 * Write the workbench over folders with its data as files into `to`.
 * @throws {UserError} when a folder or run is not there, or `to` is no place for it.
 */
export async function publish(
  { folders, to, title, runs, maxModel = 64 }: PublishOptions,
  options: { signal?: AbortSignal; template?: string } = {},
): Promise<Publication> {
  const opened = await openWorkbench(folders);
  const progress = startProgress('publish', { unit: 'files' });
  try {
    const whole = await opened.catalogue();
    const clean = portable(opened.roots);
    const chosen = chooseRuns(whole, runs);
    const catalogueWith = (abilities: Catalogue['abilities']): Catalogue => ({
      ...chosen,
      title: title ?? whole.title,
      abilities: {
        ...Object.fromEntries(ACT_ROUTES.map(({ name }) => [name, NO_SERVER])),
        ...abilities,
      },
    });
    const { parts, left } = await replacePublication(to, folders, async (staging) => {
      const models = await writeModels(staging, chosen, opened, {
        maxBytes: maxModel * 1e6,
        portable: clean,
        signal: options.signal,
        onModel: (name) => progress.tick(1, name),
      });
      const catalogue = catalogueWith(models.abilities);
      const workbench: Workbench = { ...opened, catalogue: async () => catalogue };
      const files = await writeDataFiles(staging, DATA_ROUTES, workbench, {
        portable: clean,
        signal: options.signal,
        onFile: (path) => progress.tick(1, path),
      });
      const page = (data: string): Promise<string> =>
        publishedPage({ title: catalogue.title, data }, options.template);
      return {
        parts: [...files.parts, ...models.parts],
        left: [...files.left, ...models.left],
        mark: markOf(files.mark, models.mark),
        page,
      };
    });
    progress.finish();
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return { folder: to, title: title ?? whole.title, parts, bytes, left };
  } finally {
    progress.end();
    await opened.close();
  }
}

/** One short name for several. */
function markOf(...marks: readonly string[]): string {
  return createHash('sha256').update(marks.join()).digest('hex').slice(0, 12);
}
