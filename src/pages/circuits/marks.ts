// What people mark in a circuit: pins, supernodes, own labels, notes and saved subgraphs, and where they stand in the file
// of a graph. Pins and supernodes stand where circuit-tracer and Neuronpedia have them (`qParams`), labels at their nodes
// (`clerp`), which both programs show; the rest under one key of our own, `saev`.
import type { NodeText, PageGraph, PageNode } from '../circuit-page.ts';

/** Nodes that are looked at as one. */
export interface Supernode {
  readonly name: string;
  /** Ids of its nodes: one or more, none of them in another supernode. */
  readonly ids: readonly string[];
}

/** A part of a graph to come back to. */
export interface Subgraph {
  readonly name: string;
  readonly pins: readonly string[];
  readonly groups: readonly Supernode[];
  readonly labels: readonly NodeText[];
  /** Cumulative share of influence that is shown; as many nodes as can be read when null. */
  readonly influence: number | null;
  /** Share of their target's inputs from which edges are shown; null where nothing says. */
  readonly edge: number | null;
}

/** All that is marked in a graph. */
export interface CircuitMarks {
  /** Ids of nodes that stay in sight. */
  readonly pins: readonly string[];
  readonly groups: readonly Supernode[];
  /** Labels in place of those that the graph came with. */
  readonly labels: readonly NodeText[];
  /** About the graph. */
  readonly note: string;
  /** About nodes. */
  readonly notes: readonly NodeText[];
  readonly subgraphs: readonly Subgraph[];
}

/** Nothing is marked. */
export const NO_MARKS: CircuitMarks = {
  pins: [],
  groups: [],
  labels: [],
  note: '',
  notes: [],
  subgraphs: [],
};

/** Read what is marked in a graph, as any of the three programs wrote it. Ids that the graph does not have are left out. */
export function readMarks(graph: PageGraph): CircuitMarks {
  const nodes = nodesById(graph);
  const { pinnedIds, supernodes, clerps } = graph.qParams ?? {};
  const kept = recordOf(graph.saev);
  const known = (id: string): boolean => nodes.has(id);
  const labels = new Map<string, string>();
  for (const [id, before] of pairsOf(kept.clerps)) {
    const now = nodes.get(id)?.clerp;
    if (now && now !== before) labels.set(id, now);
  }
  for (const [key, label] of pairsOf(parsed(clerps)))
    if (typeof label === 'string' && label !== '')
      for (const id of idsOfKey(graph, key)) labels.set(id, label);
  return {
    pins: uniqueIds(listed(pinnedIds), known),
    groups: groupsOf(parsed(supernodes), known),
    labels: [...labels],
    note: typeof kept.note === 'string' ? kept.note : '',
    notes: textsOf(kept.notes, known),
    subgraphs: arrayOf(kept.subgraphs).map((value, n) => subgraphOf(value, n, known)),
  };
}

/** The nodes of a graph by their ids; the first where several have one. */
export function nodesById({ nodes }: PageGraph): Map<string, PageNode> {
  return new Map([...nodes].reverse().map((node) => [node.node_id, node]));
}

/** Whether a label's key in `qParams.clerps` means the node: Neuronpedia's, circuit-tracer's, or its id. */
export function isKeyOf(key: string, node: PageNode): boolean {
  const { node_id: id, layer, ctx_idx: position } = node;
  const { feature } = node as { readonly feature?: unknown };
  if (key === id) return true;
  if (typeof feature !== 'number' && typeof feature !== 'string') return false;
  // Circuit-tracer gives −1 to whatever is no feature.
  return key === `${layer}_${feature}_${position}` || (key === String(feature) && key !== '-1');
}

/** The value of a parameter that may be written as JSON in a text. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** Ids that a parameter lists: in a list, or in a text with commas between them. */
export function listed(value: unknown): readonly string[] {
  const values = typeof value === 'string' ? value.split(',') : arrayOf(value);
  return values.filter((id): id is string => typeof id === 'string' && id !== '');
}

function idsOfKey({ nodes }: PageGraph, key: string): string[] {
  return nodes.filter((node) => isKeyOf(key, node)).map(({ node_id: id }) => id);
}

/** Supernodes from `[name, id, id …]` each. A node stays in the first that has it. */
function groupsOf(value: unknown, known: (id: string) => boolean): Supernode[] {
  const taken = new Set<string>();
  return arrayOf(value).flatMap((entry) => {
    const [name, ...rest] = arrayOf(entry);
    if (typeof name !== 'string') return [];
    const ids = uniqueIds(listed(rest), (id) => known(id) && !taken.has(id));
    for (const id of ids) taken.add(id);
    return ids.length === 0 ? [] : [{ name, ids }];
  });
}

function subgraphOf(value: unknown, n: number, known: (id: string) => boolean): Subgraph {
  const kept = recordOf(value);
  return {
    name: typeof kept.displayName === 'string' ? kept.displayName : `Subgraph ${n + 1}`,
    pins: uniqueIds(listed(kept.pinnedIds), known),
    groups: groupsOf(parsed(kept.supernodes), known),
    labels: textsOf(kept.clerps, known),
    influence: shareOf(kept.pruningThreshold),
    edge: shareOf(kept.edgeThreshold),
  };
}

function uniqueIds(ids: readonly string[], isWanted: (id: string) => boolean): string[] {
  return [...new Set(ids)].filter(isWanted);
}

function textsOf(value: unknown, known: (id: string) => boolean): NodeText[] {
  const texts = new Map<string, string>();
  for (const [id, text] of pairsOf(value))
    if (typeof text === 'string' && text !== '' && known(id)) texts.set(id, text);
  return [...texts];
}

function pairsOf(value: unknown): [string, unknown][] {
  return arrayOf(value).flatMap((entry): [string, unknown][] => {
    const [key, text] = arrayOf(entry);
    return typeof key === 'string' ? [[key, text]] : [];
  });
}

function shareOf(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : null;
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
