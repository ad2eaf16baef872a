// The files of a traced circuit: the graph as JSON, a figure, and a page to click through it.
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { packageVersion } from '../../base/version.ts';
import type { FeatureDetails } from '../../pages/circuit-page.ts';
import { svgToPng } from '../../pages/svg.ts';
import type { CircuitGraph } from '../graph/graph.ts';
import { graphJson } from '../graph/graph-json.ts';
import { graphFigure } from './figure.ts';
import { writeCircuitPage } from './page.ts';

/** What is written beside a graph, and how. */
export interface CircuitFilesOptions {
  /** Text that was traced. */
  readonly prompt: string;
  /** Name of the method that found the graph. @default 'exact' */
  readonly mode?: string;
  /** Also draw figure.png. */
  readonly png?: boolean;
  /** Dashboards by `LAYER/INDEX`. */
  readonly features?: Readonly<Record<string, FeatureDetails>>;
  /** Address of the page of a feature, relative to the folder; `{layer}` stands for the layer. */
  readonly dashboards?: string | undefined;
}

/** Write a graph into a folder; gives the paths of the files. */
export async function writeCircuitFiles(
  folder: string,
  graph: CircuitGraph,
  { prompt, mode, png = false, features = {}, dashboards }: CircuitFilesOptions,
): Promise<string[]> {
  const root = graph.nodes
    .filter(({ isRoot }) => isRoot)
    .map(({ label }) => label)
    .join(', ');
  const slug = slugOf(prompt);
  const json = graphJson(graph, { slug, root, version: packageVersion(), mode, dashboards });
  const svg = graphFigure(graph, { title: `${root} ← ${JSON.stringify(prompt)}` });
  await makeFolder(folder);
  const [graphFile, figure, page, picture] = [
    'graph.json',
    'figure.svg',
    'index.html',
    'figure.png',
  ].map((name) => join(folder, name)) as [string, string, string, string];
  // The page checks the graph, so that one that is wrong leaves nothing behind.
  await writeCircuitPage(page, json, { title: prompt, features });
  await writeJsonAtomic(graphFile, json);
  await writeFileAtomic(figure, svg);
  if (!png) return [graphFile, figure, page];
  await writeFileAtomic(picture, await svgToPng(svg));
  return [graphFile, figure, page, picture];
}

/** A prompt as part of an address. */
export function slugOf(prompt: string): string {
  const words = prompt
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return words.slice(0, 60) || 'prompt';
}
