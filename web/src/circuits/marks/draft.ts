// Marks that are in no file yet, kept by the browser until they are.

import type { PageGraph } from '../../../../src/pages/circuit-page.ts';
import type { CircuitMarks } from '../../../../src/pages/circuits/marks.ts';
import { faultOfMarks } from '../../../../src/pages/circuits/schema.ts';

/** Marks, and those of the file that they were made from. */
export interface Draft {
  readonly marks: CircuitMarks;
  /** Of the file's marks, as text. */
  readonly base: string;
}

/** Name a graph by its nodes and edges, whatever is marked in it. */
export function graphKey({ metadata, nodes, links }: PageGraph): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
    }
  };
  add(`${metadata.scan}\n${metadata.prompt}`);
  for (const node of nodes) add(`\n${node.node_id}`);
  for (const { source, target, weight } of links) add(`\n${source} ${target} ${weight}`);
  return `saev-circuit-${[a, b].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')}`;
}

/** What the browser keeps for a graph; undefined where there is nothing, or nothing that fits it. */
export function readDraft(key: string, graph: PageGraph): Draft | undefined {
  try {
    const { marks, base } = JSON.parse(localStorage.getItem(key) ?? 'null') as Draft;
    return typeof base === 'string' && faultOfMarks(marks, graph) === undefined
      ? { marks, base }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keep a draft, or forget it; tells whether the browser does as asked. */
export function keepDraft(key: string, draft: Draft | undefined): boolean {
  try {
    if (draft === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return draft === undefined;
  }
}
