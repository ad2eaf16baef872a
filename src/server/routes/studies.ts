// Results of studies: tables, pictures, and the concepts of scores.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import type { Catalogue, FeaturesEntry, StudyEntry } from '../../pages/catalogue.ts';
import { ISLAND_END, islandStart } from '../../pages/page-files.ts';
import { SCORE_ISLAND, SCORE_PAGE_VERSION, type ScoreIsland } from '../../pages/score-page.ts';
import { STUDY_ROUTES, type StudyPage } from '../../pages/study-page.ts';
import { readStudy, readStudyPicture } from '../../studies/results/read-study.ts';
import type { Workbench } from '../workbench.ts';
import { DataFile, type DataRoute } from './route.ts';

/** Bytes of the largest page of scores that is read. */
const MOST_BYTES = 2 ** 27;

export const STUDY_DATA: readonly DataRoute[] = [
  {
    path: STUDY_ROUTES.page(':id'),
    async read({ id }, workbench): Promise<StudyPage> {
      const { page, coder } = await readStudy(await workbench.folder('studies', id!));
      const features = featuresOf(await workbench.catalogue(), id!, coder);
      return { ...page, ...(features && { features: features.id }) };
    },
    list: async (workbench) => (await studies(workbench)).map(({ id }) => ({ id })),
  },
  {
    path: STUDY_ROUTES.scores(':id'),
    read: async ({ id }, workbench) => readScores(await workbench.folder('studies', id!)),
    list: async (workbench) =>
      (await studies(workbench)).filter(({ kind }) => kind === 'score').map(({ id }) => ({ id })),
  },
  {
    path: STUDY_ROUTES.picture(':id', ':name'),
    async read({ id, name }, workbench) {
      const folder = await workbench.folder('studies', id!);
      return new DataFile(await readStudyPicture(folder, name!), 'image/png');
    },
    async *list(workbench) {
      for (const { id } of await studies(workbench)) {
        const { page } = await readStudy(await workbench.folder('studies', id));
        for (const { name } of page.pictures) yield { id, name };
      }
    },
  },
];

async function studies(workbench: Workbench): Promise<StudyEntry[]> {
  const { studies: all } = await workbench.catalogue();
  return all.filter(({ fault }) => fault === undefined);
}

/** The page of the features that a study names: that of the run it lies in, or of the checkpoint it was made of. */
function featuresOf(
  { runs, features, studies: all }: Catalogue,
  id: string,
  coder: string | undefined,
): FeaturesEntry | undefined {
  const study = all.find((each) => each.id === id);
  const parts = coder?.split(/[\\/]/) ?? [];
  const run =
    runs.find(({ folder }) => study?.folder.startsWith(`${folder}/`)) ??
    runs.find(({ folder }) => parts.includes(folder.split('/').at(-1)!));
  if (run === undefined) return undefined;
  return features.find((each) => each.fault === undefined && each.run === run.id);
}

/** The data inside a page of scores. */
async function readScores(folder: string): Promise<ScoreIsland> {
  const path = join(folder, 'index.html');
  const file = await open(path, 'r').catch((error: unknown) => {
    throw diskError(error, path, 'read');
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MOST_BYTES)
      throw new UserError('no page of scores: its index.html is none that saev wrote');
    const html = (await file.readFile()).toString('utf8');
    const start = html.indexOf(islandStart(SCORE_ISLAND));
    const end = html.indexOf(ISLAND_END, start);
    if (start < 0 || end < 0) throw new UserError('no page of scores: it holds none');
    const island = JSON.parse(
      html.slice(start + islandStart(SCORE_ISLAND).length, end),
    ) as ScoreIsland;
    if (island.version === SCORE_PAGE_VERSION) return island;
    throw new UserError(
      `scores of version ${JSON.stringify(island.version)}, not ${SCORE_PAGE_VERSION}`,
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError('damaged page of scores');
    throw error;
  } finally {
    await file.close();
  }
}
