// The folder of a circuit read back: its graph, the details of features that its page holds, and marks kept in both.
import { join } from 'node:path';
import { kindOfPath, readText, writeFileAtomic } from '../../base/files.ts';
import {
  CIRCUIT_NAMES,
  type CircuitIsland,
  type FeatureDetails,
} from '../../pages/circuit-page.ts';
import { checkFeatureDetails } from '../../pages/circuit-page-check.ts';
import type { CircuitMarks } from '../../pages/circuits/marks.ts';
import { island } from '../../pages/page-files.ts';
import { readGraphFile, type SavedMarks, saveMarks } from '../marks/apply-marks.ts';

/** A circuit as its folder has it. */
export interface CircuitFolder extends CircuitIsland {
  /** Names the state of `graph.json`. */
  readonly version: string;
  /** Details of features by `LAYER/INDEX`, as its page has them. */
  readonly features: Readonly<Record<string, FeatureDetails>>;
}

/**
 * Read the circuit in a folder. It needs `graph.json` alone; the details of features are those in `index.html`.
 *
 * @throws {UserError} when there is no graph that can be shown.
 */
export async function readCircuitFolder(folder: string): Promise<CircuitFolder> {
  const { graph, version } = await readGraphFile(join(folder, 'graph.json'));
  const islands = islandsOf(await pageOf(folder));
  const content = (id: string): unknown => contentOf(islands.get(id));
  const title = (content(CIRCUIT_NAMES.graph) as Partial<CircuitIsland> | undefined)?.title;
  const keys = content(CIRCUIT_NAMES.features);
  const features: [string, FeatureDetails][] = [];
  for (const key of Array.isArray(keys) ? (keys as unknown[]) : []) {
    if (typeof key !== 'string' || !/^\d+\/\d+$/.test(key)) continue;
    const details = content(CIRCUIT_NAMES.feature(key));
    if (details !== undefined) features.push([key, checkFeatureDetails(details, key)]);
  }
  return {
    title: typeof title === 'string' ? title : graph.metadata.slug,
    graph,
    version,
    features: Object.fromEntries(features),
  };
}

/**
 * Keep marks in the circuit of a folder: in `graph.json`, and in the page beside it, so that it opens with them, too.
 *
 * @throws {UserError} as `saveMarks`.
 */
export async function saveCircuitMarks(
  folder: string,
  marks: CircuitMarks,
  { version }: { readonly version: string },
): Promise<SavedMarks> {
  const saved = await saveMarks(join(folder, 'graph.json'), marks, { version });
  if ('version' in saved) await updatePage(folder);
  return saved;
}

/** Give the page of a circuit the graph of its file; a page that saev did not write stays as it is. */
async function updatePage(folder: string): Promise<void> {
  const page = await pageOf(folder);
  const place = islandsOf(page).get(CIRCUIT_NAMES.graph);
  const shown = contentOf(place) as Partial<CircuitIsland> | undefined;
  if (typeof shown?.title !== 'string' || place === undefined) return;
  const { graph } = await readGraphFile(join(folder, 'graph.json'));
  const next = island(CIRCUIT_NAMES.graph, JSON.stringify({ title: shown.title, graph }));
  const text = `${page.slice(0, place.start)}${next}${page.slice(place.end)}`;
  await writeFileAtomic(join(folder, 'index.html'), text);
}

async function pageOf(folder: string): Promise<string> {
  const path = join(folder, 'index.html');
  return (await kindOfPath(path)) === 'file' ? readText(path, 'page') : '';
}

/** A part of a page that holds data. */
interface Island {
  readonly start: number;
  readonly end: number;
  readonly json: string;
}

/** The islands of a page by their ids. No text in them can hold the end of one. */
function islandsOf(page: string): ReadonlyMap<string, Island> {
  const found = new Map<string, Island>();
  const pattern = /<script type="application\/json" id="([^"]*)">([^<]*)<\/script>/g;
  for (const { 0: all, 1: id, 2: json, index } of page.matchAll(pattern))
    if (!found.has(id!)) found.set(id!, { start: index, end: index + all.length, json: json! });
  return found;
}

/** What an island holds; undefined where there is none, or something that is no JSON. */
function contentOf(island: Island | undefined): unknown {
  try {
    return island && JSON.parse(island.json);
  } catch {
    return undefined;
  }
}
