// Which nodes and edges the thresholds leave.
import type { CircuitEdge, CircuitGraph, CircuitNode } from './graph.ts';

/** Nodes that can be read at once: what the automatic threshold aims at. */
const READABLE = 250;
/** Less of them, for small screens. */
export const FEWER: readonly number[] = [READABLE, 160, 100, 60, 40];

/** The highest cumulative share of influence that shows no more than `most` nodes: 1 when all are few enough. */
export function readableInfluence(graph: CircuitGraph, most: number = READABLE): number {
  if (graph.nodes.length <= most) return 1;
  const shares = graph.nodes.flatMap(({ influence }) => influence ?? []).sort((a, b) => a - b);
  const free = graph.nodes.length - shares.length;
  const last = shares[Math.max(0, most - free)] ?? 1;
  return Math.min(1, Math.max(0.01, Math.floor(last * 100) / 100));
}

/** Nodes down to a cumulative share of influence, with those in `kept` whatever theirs is. */
export function shownNodes(
  graph: CircuitGraph,
  influence: number,
  kept: ReadonlySet<string>,
): CircuitNode[] {
  return graph.nodes.filter(
    (node) =>
      node.influence === undefined || node.influence <= influence + 1e-9 || kept.has(node.id),
  );
}

/** The nodes of a set, and one more. */
export function onlyNodes(
  graph: CircuitGraph,
  kept: ReadonlySet<string>,
  more: CircuitNode | undefined,
): CircuitNode[] {
  return graph.nodes.filter((node) => node === more || kept.has(node.id));
}

/** Edges of at least `share` between shown nodes, largest share first. */
export function shownEdges(
  graph: CircuitGraph,
  share: number,
  shown: ReadonlySet<CircuitNode>,
): CircuitEdge[] {
  const end = graph.edges.findIndex((edge) => edge.share < share);
  const enough = end < 0 ? graph.edges : graph.edges.slice(0, end);
  return enough.filter(({ source, target }) => shown.has(source) && shown.has(target));
}

/** Nodes that a search means: by label, id, token, or `LAYER/INDEX`. Undefined when nothing is searched. */
export function searchNodes(graph: CircuitGraph, query: string): CircuitNode[] | undefined {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return undefined;
  return graph.nodes.filter((node) => {
    const token = node.position === undefined ? '' : graph.tokens[node.position]!;
    const all = [node, ...(node.members ?? [])];
    const texts = all.flatMap(({ label, id, featureKey = '' }) => [label, id, featureKey]);
    texts.push(token.trim());
    return texts.some((text) => text.toLowerCase().includes(wanted));
  });
}
