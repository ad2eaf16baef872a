// Marks of a circuit put into its graph: as a value, as the text of its file, and in the file itself.
import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import { readText, writeFileAtomic } from '../../base/files.ts';
import type { PageGraph } from '../../pages/circuit-page.ts';
import { checkMarks, checkPageGraph } from '../../pages/circuit-page-check.ts';
import { markEdits, withMarks } from '../../pages/circuits/mark-edits.ts';
import type { CircuitMarks } from '../../pages/circuits/marks.ts';
import { editJson } from './edit-json.ts';

/**
 * Put marks into a graph in circuit-tracer's schema, in place of those that it has: pins and supernodes as `qParams` of
 * circuit-tracer and Neuronpedia, labels as `clerp` of their nodes, all else under the key `saev`. Every other key stays.
 *
 * @throws {UserError} for a graph of another form, ids that the graph does not have, a node in two supernodes, and empty or
 * repeated names.
 */
export function applyMarks(graph: PageGraph, marks: CircuitMarks): PageGraph {
  return withMarks(checkPageGraph(graph), checkMarks(marks, graph));
}

/**
 * Put marks into the text of a graph's file. What the marks do not touch keeps its bytes.
 *
 * @throws {UserError} for a text that is no graph, and as `applyMarks`.
 */
export function markText(text: string, marks: CircuitMarks): string {
  const graph = parseGraph(text);
  return editJson(text, markEdits(graph, checkMarks(marks, graph)));
}

/** Name the state of a file: the beginning of the SHA-256 of its text. */
export function textVersion(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A file of a graph as it was found. */
export interface GraphFile {
  readonly graph: PageGraph;
  /** Of the text, as `textVersion` names it. */
  readonly version: string;
}

/** What became of saving: done, or the file as somebody else has changed it in between. */
export type SavedMarks = { readonly version: string } | { readonly changed: GraphFile };

/**
 * Read the file of a graph.
 * @throws {UserError} when it cannot be read, or holds no graph.
 */
export async function readGraphFile(path: string): Promise<GraphFile> {
  const text = await readText(path, 'graph');
  return { graph: parseGraph(text, path), version: textVersion(text) };
}

/** Files that are being saved in this process, each with the end of the last of it. */
const saving = new Map<string, Promise<unknown>>();

/**
 * Save marks into the file of a graph, whole or not at all. Nothing is written when the file is no longer what `version`
 * names: what it is now is given instead. One after the other where several save at once.
 *
 * @throws {UserError} as `applyMarks`, and when the file cannot be read or written.
 */
export async function saveMarks(
  path: string,
  marks: CircuitMarks,
  { version }: { readonly version: string },
): Promise<SavedMarks> {
  const before = saving.get(path) ?? Promise.resolve();
  const save = async (): Promise<SavedMarks> => {
    const text = await readText(path, 'graph');
    const found = textVersion(text);
    if (found !== version) return { changed: { graph: parseGraph(text, path), version: found } };
    const next = markText(text, marks);
    if (next !== text) await writeFileAtomic(path, next);
    return { version: textVersion(next) };
  };
  const saved = before.then(save, save);
  saving.set(path, saved);
  try {
    return await saved;
  } finally {
    if (saving.get(path) === saved) saving.delete(path);
  }
}

function parseGraph(text: string, path?: string): PageGraph {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const what = path === undefined ? 'graph' : `graph '${path}'`;
    throw new UserError(`invalid ${what}: it is no JSON`, { cause });
  }
  return checkPageGraph(value);
}
