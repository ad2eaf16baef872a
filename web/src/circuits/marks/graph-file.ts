// The file of a graph between the page and the disk: written with what is marked, and read from what is dropped.

import type { PageGraph } from '../../../../src/pages/circuit-page.ts';
import { withMarks } from '../../../../src/pages/circuits/mark-edits.ts';
import type { CircuitMarks } from '../../../../src/pages/circuits/marks.ts';
import { faultOfGraph } from '../../../../src/pages/circuits/schema.ts';
import type { CircuitSource } from '../circuit-source.ts';
import { graphKey } from './draft.ts';

/** Files that are not read, in bytes. */
const MOST_BYTES = 200 * 2 ** 20;

/** Let the browser write a graph with its marks to `graph.json`. */
export function downloadGraph(graph: PageGraph, marks: CircuitMarks): void {
  const text = `${JSON.stringify(withMarks(graph, marks))}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  Object.assign(document.createElement('a'), { href: url, download: 'graph.json' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Read a graph from a file; the features of `page` are its own where it is the same graph. Rejects with a sentence. */
export async function openGraphFile(file: File, page: CircuitSource): Promise<CircuitSource> {
  if (file.size > MOST_BYTES)
    throw new Error(`“${file.name}” is too large for this page: ${file.size} bytes`);
  let graph: PageGraph;
  try {
    graph = JSON.parse(await file.text()) as PageGraph;
  } catch {
    throw new Error(`“${file.name}” is no graph: it is no JSON`);
  }
  const fault = faultOfGraph(graph);
  if (fault !== undefined)
    throw new Error(`“${file.name}” is no graph that can be shown: ${fault}`);
  const isSame = graphKey(graph) === graphKey(page.island.graph);
  return {
    island: { title: isSame ? page.island.title : graph.metadata.slug, graph },
    features: isSame ? page.features : new Set(),
    feature: (key) => page.feature(key),
  };
}
