// Traced circuits: their graphs, the features in them, and what is marked.
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readCircuitFolder, saveCircuitMarks } from '../../circuits/output/circuit-folder.ts';
import type { PageGraph } from '../../pages/circuit-page.ts';
import {
  CIRCUIT_ROUTES,
  type CircuitData,
  SAVE_MARKS,
  type SaveMarksAnswer,
} from '../../pages/circuits/routes.ts';
import { marksSchema } from '../../pages/circuits/schema.ts';
import type { Workbench } from '../workbench.ts';
import { actRoute, type DataRoute } from './route.ts';

/** Bytes of the largest marks that are saved. */
const MOST_BYTES = 2 ** 25;

export const CIRCUITS_ROUTES: readonly DataRoute[] = [
  {
    path: CIRCUIT_ROUTES.graph(':id'),
    read: async ({ id }, workbench) => {
      const folder = await workbench.folder('circuits', id!);
      const { features, ...circuit } = await readCircuitFolder(folder);
      return {
        ...circuit,
        features: Object.keys(features),
        pages: await pagesOf(folder, circuit.graph, workbench),
      } satisfies CircuitData;
    },
    list: ids,
  },
  {
    path: CIRCUIT_ROUTES.features(':id'),
    read: async ({ id }, workbench) =>
      (await readCircuitFolder(await workbench.folder('circuits', id!))).features,
    list: ids,
  },
];

/** Keep what is marked in a circuit's file. */
export const saveMarksRoute = actRoute({
  name: SAVE_MARKS,
  schema: z.strictObject({ circuit: z.string(), marks: marksSchema, version: z.string() }),
  maxBytes: MOST_BYTES,
  async act({ circuit, marks, version }, { workbench }): Promise<SaveMarksAnswer> {
    const folder = await workbench.folder('circuits', circuit);
    const saved = await saveCircuitMarks(folder, marks, { version });
    if ('version' in saved) return saved;
    const { features, title } = await readCircuitFolder(folder);
    const { graph } = saved.changed;
    const pages = await pagesOf(folder, graph, workbench);
    return { changed: { ...saved.changed, title, features: Object.keys(features), pages } };
  },
});

async function ids(workbench: Workbench): Promise<{ id: string }[]> {
  const { circuits } = await workbench.catalogue();
  return circuits.filter(({ fault }) => fault === undefined).map(({ id }) => ({ id }));
}

/** The pages of the features of a graph, of those that were found, by layer. */
async function pagesOf(
  folder: string,
  { dashboards, nodes }: PageGraph,
  workbench: Workbench,
): Promise<Record<string, string>> {
  if (dashboards === undefined) return {};
  const { features } = await workbench.catalogue();
  const byFolder = new Map<string, string>();
  for (const { id, fault } of features)
    if (fault === undefined) byFolder.set(await workbench.folder('features', id), id);
  const layers = new Set(nodes.map(({ layer }) => layer).filter((layer) => /^\d+$/.test(layer)));
  const pages: [string, string][] = [];
  for (const layer of layers) {
    const address = decodeURI(dashboards.replaceAll('{layer}', layer));
    const id = byFolder.get(dirname(resolve(folder, address)));
    if (id !== undefined) pages.push([layer, id]);
  }
  return Object.fromEntries(pages);
}
