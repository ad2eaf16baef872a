// What has to change in the file of a graph so that it says what is marked in it: nothing else is touched.

import type { KeptMarks, KeptSubgraph, PageGraph } from '../circuit-page.ts';
import {
  type CircuitMarks,
  isKeyOf,
  nodesById,
  parsed,
  readMarks,
  type Subgraph,
  type Supernode,
} from './marks.ts';

/** One value in a tree of JSON, by the keys that lead there; undefined takes it out. */
export interface JsonEdit {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** List what has to change in a graph; nothing where it says the same already. */
export function markEdits(graph: PageGraph, marks: CircuitMarks): JsonEdit[] {
  const before = readMarks(graph);
  const labels = labelEdits(graph, before, marks);
  const kept = keptMarks(graph, marks, labels.edits);
  return [
    ...paramEdits(graph, before, marks, labels.clerps),
    ...labels.edits,
    ...(same(kept, graph.saev) ? [] : [{ path: ['saev'], value: kept }]),
  ];
}

/** Give a graph with other marks; the parts that stay are the same objects. */
export function withMarks(graph: PageGraph, marks: CircuitMarks): PageGraph {
  return markEdits(graph, marks).reduce<unknown>(
    (value, { path, value: next }) => replaced(value, path, next),
    graph,
  ) as PageGraph;
}

/** `qParams`, in the form in which the file has each: lists, or texts as in an address. */
function paramEdits(
  { qParams }: PageGraph,
  before: CircuitMarks,
  { pins, groups }: CircuitMarks,
  clerps: unknown,
): JsonEdit[] {
  const params: [string, unknown][] = [];
  if (!same(before.pins, pins)) params.push(['pinnedIds', pinsLike(qParams?.pinnedIds, pins)]);
  if (!same(before.groups, groups)) {
    const lists = groups.map(({ name, ids }) => [name, ...ids]);
    const isText = typeof qParams?.supernodes === 'string';
    params.push(['supernodes', isText ? JSON.stringify(lists) : lists]);
  }
  if (clerps !== undefined) params.push(['clerps', clerps]);
  if (params.length > 0 && qParams == null)
    return [{ path: ['qParams'], value: Object.fromEntries(params) }];
  return params.map(([key, value]) => ({ path: ['qParams', key], value }));
}

function pinsLike(found: unknown, pins: readonly string[]): unknown {
  const isText = typeof found === 'string' && !pins.some((id) => id.includes(','));
  return isText ? pins.join(',') : pins;
}

/**
 * Labels go to the nodes. Entries of `qParams.clerps`, which would have the last word in other programs, go where they
 * would say something else: the rest of them, when it changes.
 */
function labelEdits(
  graph: PageGraph,
  before: CircuitMarks,
  marks: CircuitMarks,
): { edits: JsonEdit[]; clerps: unknown } {
  const old = new Map(before.labels);
  const wanted = new Map(marks.labels);
  const originals = originalsOf(graph);
  const edits: JsonEdit[] = [];
  const changed = new Set<string>();
  const seen = new Set<string>();
  graph.nodes.forEach((node, n) => {
    const id = node.node_id;
    if (seen.has(id)) return;
    seen.add(id);
    const label = wanted.get(id);
    if (label === old.get(id)) return;
    changed.add(id);
    const next = label ?? (originals.has(id) ? originals.get(id) : node.clerp);
    if (next !== node.clerp) edits.push({ path: ['nodes', n, 'clerp'], value: next });
  });
  const found = graph.qParams?.clerps;
  const list = parsed(found);
  if (changed.size === 0 || !Array.isArray(list)) return { edits, clerps: undefined };
  const touched = graph.nodes.filter(({ node_id: id }) => changed.has(id));
  const rest = list.filter(
    (entry) => !(Array.isArray(entry) && touched.some((node) => isKeyOf(String(entry[0]), node))),
  );
  // A key may mean several nodes: those that keep their label have it at the node from now on.
  graph.nodes.forEach((node, n) => {
    const label = wanted.get(node.node_id);
    if (label === undefined || changed.has(node.node_id) || label === node.clerp) return;
    edits.push({ path: ['nodes', n, 'clerp'], value: label });
  });
  if (rest.length === list.length) return { edits, clerps: undefined };
  return { edits, clerps: typeof found === 'string' ? JSON.stringify(rest) : rest };
}

/** What nodes were called before labels took the place of that, as the file says. */
function originalsOf({ saev }: PageGraph): Map<string, string | null> {
  return new Map(saev?.clerps ?? []);
}

/**
 * Our own key: undefined where there is nothing to keep. Keys in it that are not ours stay. Labels that `qParams.clerps`
 * goes on to hold have their node's own beside them.
 */
function keptMarks(
  graph: PageGraph,
  marks: CircuitMarks,
  labelEdits: readonly JsonEdit[],
): KeptMarks | undefined {
  const {
    note: _note,
    notes: _notes,
    clerps: _clerps,
    subgraphs: _s,
    ...others
  } = graph.saev ?? {};
  const originals = originalsOf(graph);
  const nodes = nodesById(graph);
  const atNodes = new Set([
    ...originals.keys(),
    ...labelEdits.map(({ path }) => graph.nodes[path[1] as number]!.node_id),
  ]);
  const clerps = marks.labels
    .filter(([id]) => atNodes.has(id))
    .map(([id]): [string, string | null] => [
      id,
      originals.has(id) ? originals.get(id)! : (nodes.get(id)?.clerp ?? null),
    ]);
  const kept: KeptMarks = {
    ...others,
    ...(marks.note !== '' && { note: marks.note }),
    ...(marks.notes.length > 0 && { notes: marks.notes }),
    ...(clerps.length > 0 && { clerps }),
    ...(marks.subgraphs.length > 0 && { subgraphs: marks.subgraphs.map(keptSubgraph) }),
  };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function keptSubgraph({ name, pins, groups, labels, influence, edge }: Subgraph): KeptSubgraph {
  return {
    displayName: name,
    pinnedIds: pins,
    supernodes: groups.map((group: Supernode) => [group.name, ...group.ids]),
    clerps: labels,
    pruningThreshold: influence,
    densityThreshold: null,
    edgeThreshold: edge,
  };
}

/** A copy of a tree with one value replaced, added or taken out. */
function replaced(tree: unknown, [key, ...rest]: JsonEdit['path'], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree))
    return tree.map((item, i) => (i === key ? replaced(item, rest, value) : item));
  const before = (tree ?? {}) as Readonly<Record<string, unknown>>;
  const after = replaced(before[key], rest, value);
  if (after === undefined)
    return Object.fromEntries(Object.entries(before).filter(([name]) => name !== key));
  return { ...before, [key]: after };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
