// Traced circuits, as lists name them.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CircuitEntry } from '../../pages/catalogue.ts';
import { checkPageGraph } from '../../pages/circuit-page-check.ts';
import { entryOf, faultOf } from './entry.ts';
import type { Found } from './find.ts';
import { type GraphFacts, scanGraph } from './graph-scan.ts';
import type { Memory } from './memory.ts';

/** Name of a circuit's file, and the largest that is read. */
const FILE = 'graph.json';
const MOST_BYTES = 2 ** 30;

/** Graphs up to this size are read and checked whole; of larger ones only the beginning is, and things are counted. */
const WHOLE_BYTES = 2 ** 20;

/** Describe a circuit. */
export async function describeCircuit(found: Found, memory: Memory): Promise<CircuitEntry> {
  try {
    const files = [{ name: FILE, maxBytes: MOST_BYTES }];
    const facts = await memory.recall('circuit', found.folder, files, () =>
      readFacts(join(found.folder, FILE)),
    );
    return { ...entryOf(found), ...facts };
  } catch (error) {
    const nothing = { model: '', prompt: '', nodes: 0, links: 0 };
    return { ...entryOf(found), ...nothing, ...faultOf(error, found) };
  }
}

async function readFacts(path: string) {
  if ((await stat(path)).size > WHOLE_BYTES) {
    const { nodes, links, ...metadata } = await scanGraph(path);
    return { ...aboutOf(metadata), nodes, links };
  }
  const { metadata, nodes, links } = checkPageGraph(JSON.parse(await readFile(path, 'utf8')));
  return { ...aboutOf(metadata), nodes: nodes.length, links: links.length };
}

function aboutOf(metadata: Omit<GraphFacts, 'nodes' | 'links'>) {
  const { slug, scan, prompt, root, replacement_score, completeness_score } = metadata;
  return {
    title: slug,
    model: scan,
    prompt,
    ...(root !== undefined && { root }),
    ...(replacement_score !== undefined && { replacement: replacement_score }),
    ...(completeness_score !== undefined && { completeness: completeness_score }),
  };
}
