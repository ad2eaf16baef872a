// Pages of features: their index, their examples and their pictures, read from the folders that visuals were written to.
import { UserError } from '../../base/errors.ts';
import { FEATURE_ROUTES, type PackedIndex } from '../../pages/feature-page.ts';
import { openPageFolder, type PageFolder } from '../../pages/page-folder.ts';
import type { Workbench } from '../workbench.ts';
import { DataFile, type DataRoute, type Places } from './route.ts';

export const FEATURES_ROUTES: readonly DataRoute[] = [
  {
    path: FEATURE_ROUTES.index(':id'),
    read: async ({ id }, workbench) => (await pageOf(workbench, id!)).packedIndex(),
    list: ids,
  },
  {
    path: FEATURE_ROUTES.chunk(':id', ':n'),
    read: async ({ id, n }, workbench) => (await pageOf(workbench, id!)).chunk(numberOf(n)),
    async *list(workbench) {
      for (const { id } of await ids(workbench)) {
        const index = await unlessDamaged((await pageOf(workbench, id)).packedIndex());
        const nChunks = index === undefined ? 0 : chunksOf(index);
        for (let n = 0; n < nChunks; n++) yield { id, n: String(n) };
      }
    },
  },
  {
    path: FEATURE_ROUTES.picture(':id', ':n'),
    async read({ id, n }, workbench) {
      const { bytes, type } = await (await pageOf(workbench, id!)).picture(numberOf(n));
      return new DataFile(bytes, type);
    },
    async *list(workbench) {
      for (const { id } of await ids(workbench)) {
        for (const n of await picturesOf(await pageOf(workbench, id))) yield { id, n: String(n) };
      }
    },
  },
];

const opened = new WeakMap<Workbench, Map<string, PageFolder>>();

/** The page of an entry, opened once: it remembers where in its file everything lies. */
async function pageOf(workbench: Workbench, id: string): Promise<PageFolder> {
  const folder = await workbench.folder('features', id);
  const pages = opened.get(workbench) ?? new Map<string, PageFolder>();
  opened.set(workbench, pages);
  const page = pages.get(folder) ?? openPageFolder(folder);
  pages.set(folder, page);
  return page;
}

async function ids(workbench: Workbench): Promise<{ id: string }[]> {
  const { features } = await workbench.catalogue();
  return features.filter(({ fault }) => fault === undefined).map(({ id }) => ({ id }));
}

function chunksOf({ features, chunkSize }: PackedIndex): number {
  return Math.ceil(features.count / chunkSize);
}

/** The examples whose pictures a page shows. */
async function picturesOf(page: PageFolder): Promise<Set<number>> {
  const index = await unlessDamaged(page.packedIndex());
  const examples = new Set<number>();
  if (index?.modality !== 'image') return examples;
  for (let n = 0; n < chunksOf(index); n++) {
    for (const feature of (await unlessDamaged(page.chunk(n)))?.features ?? []) {
      if (!('examples' in feature)) continue;
      for (const { example } of feature.examples) examples.add(example);
    }
  }
  return examples;
}

/** What is read, or nothing where it is damaged: reading it alone says why. */
async function unlessDamaged<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A number in an address; anything else is none that there is. */
function numberOf(place: Places[string] | undefined): number {
  return /^\d{1,15}$/.test(place ?? '') ? Number(place) : Number.NaN;
}
