// From everything that was computed to the graph that people look at: its most influential nodes and edges, and for each
// node the sum of what was left out.

import type { CircuitGraph, GraphEdge, GraphScores } from '../graph/graph.ts';
import { type InputRow, influences } from '../graph/influence.ts';
import type { PromptNames } from '../graph/names.ts';
import type { Attribution, AttributionRow } from './attribute.ts';
import { graphNodes } from './nodes.ts';

/** What of an attribution graph is kept. */
export interface PruneOptions {
  /** Keep the fewest nodes that have this share of the influence of all. @default 0.8 */
  readonly nodeThreshold?: number;
  /** Keep the fewest edges that have this share of the influence that the nodes left pass on. @default 0.98 */
  readonly edgeThreshold?: number;
}

/**
 * Prune an attribution as circuit-tracer does: nodes first, then edges by their share of the influence among the nodes
 * left, then, again and again, features and heads that have lost their inputs, and whatever has lost its outputs. Roots
 * and tokens stay. What a node loses is its `remainder`.
 */
export function pruneGraph(
  attribution: Attribution,
  names: PromptNames,
  { nodeThreshold = 0.8, edgeThreshold = 0.98 }: PruneOptions = {},
): CircuitGraph & { readonly scores: GraphScores } {
  const { sources, others, rows, roots, state } = attribution;
  const count = sources.count + others.length;
  const influence = influences(rows, roots, count);
  const hasInputs = new Set(rows.map(({ node }) => node));
  const isToken = (node: number): boolean =>
    node < sources.count && sources.at(node).kind === 'token';
  const staysAnyway = (node: number): boolean => roots.has(node) || isToken(node);

  const eligible: number[] = [];
  for (let node = 0; node < count; node++)
    if (!sources.isFeature(node) || hasInputs.has(node)) eligible.push(node);
  const chosen = fewest(eligible, (node) => influence[node]!, nodeThreshold);
  const kept = new Set([...chosen, ...eligible.filter(staysAnyway)]);

  const isKept = new Uint8Array(count);
  for (const node of kept) isKept[node] = 1;
  const left = rows.filter(({ node }) => kept.has(node)).map((row) => restricted(row, isKept));
  const among = influences(left, roots, count);
  const scored = left.flatMap((row) => {
    const total = row.weight.reduce((sum, x) => sum + Math.abs(x), 0);
    const own = among[row.node]! + (roots.get(row.node) ?? 0);
    return Array.from(row.from, (source, i) => {
      const weight = row.weight[i]!;
      return { source, target: row.node, weight, score: (own * Math.abs(weight)) / total };
    });
  });
  let edges = fewest(scored, ({ score }) => score, edgeThreshold);
  for (;;) {
    const giving = new Set(edges.map(({ source }) => source));
    const given = new Set(edges.map(({ target }) => target));
    const lost = [...kept].filter(
      (node) =>
        !staysAnyway(node) && (!giving.has(node) || (hasInputs.has(node) && !given.has(node))),
    );
    if (lost.length === 0) break;
    for (const node of lost) kept.delete(node);
    edges = edges.filter(({ source, target }) => kept.has(source) && kept.has(target));
  }

  const shown = new Map<number, Set<number>>();
  for (const { source, target } of edges) {
    const inputs = shown.get(target) ?? new Set();
    shown.set(target, inputs.add(source));
  }
  const remainders = new Map(rows.map((row) => [row.node, leftOut(row, shown.get(row.node))]));
  const { nodes, indexOf } = graphNodes(attribution, names, {
    kept: [...kept],
    influence,
    remainders,
  });
  return {
    model: names.model,
    transcoders: names.transcoders,
    prompt: names.prompt,
    tokens: [...state.tokens],
    tokenStrings: names.tokenStrings,
    nLayers: state.blocks.length,
    nodes,
    edges: inOrder(edges, indexOf),
    pruning: { nodeThreshold, edgeThreshold },
    scores: graphScores(attribution, influence),
    counts: {
      active: sources.nFeatures,
      expanded: rows.filter(({ node }) => sources.isFeature(node)).length,
    },
  };
}

/** The items with the greatest scores that together have `share` of the sum; those without a score are left out. */
function fewest<T>(items: readonly T[], score: (item: T) => number, share: number): T[] {
  const sorted = items.filter((item) => score(item) > 0).sort((a, b) => score(b) - score(a));
  const goal = share * sorted.reduce((sum, item) => sum + score(item), 0);
  let sum = 0;
  let n = 0;
  while (n < sorted.length && sum < goal) sum += score(sorted[n++]!);
  return sorted.slice(0, n);
}

/** A row with the inputs among `kept` only: 1 for each node that is kept. */
function restricted({ node, depth, from, weight }: InputRow, kept: Uint8Array): InputRow {
  let n = 0;
  for (let i = 0; i < from.length; i++) n += kept[from[i]!]!;
  const inside = { node, depth, from: new Uint32Array(n), weight: new Float32Array(n) };
  let at = 0;
  for (let i = 0; i < from.length; i++) {
    if (kept[from[i]!] === 0) continue;
    inside.from[at] = from[i]!;
    inside.weight[at++] = weight[i]!;
  }
  return inside;
}

/** The sum of a node's inputs that no edge shows. */
function leftOut({ from, weight }: AttributionRow, shown?: ReadonlySet<number>): number {
  let sum = 0;
  for (let i = 0; i < from.length; i++) if (!shown?.has(from[i]!)) sum += weight[i]!;
  return sum;
}

/** Edges between places in the list of nodes: by target, the largest first. */
function inOrder(edges: readonly GraphEdge[], indexOf: ReadonlyMap<number, number>): GraphEdge[] {
  const placed = edges.map(({ source, target, weight }) => ({
    source: indexOf.get(source)!,
    target: indexOf.get(target)!,
    weight,
  }));
  return placed.sort((a, b) => a.target - b.target || Math.abs(b.weight) - Math.abs(a.weight));
}

/** The scores of a whole attribution, as circuit-tracer computes them. */
function graphScores({ sources, rows, roots }: Attribution, influence: Float64Array): GraphScores {
  let [embedded, errors, all] = [0, 0, 0];
  influence.forEach((x, node) => {
    all += x + (roots.get(node) ?? 0);
    const kind = node < sources.count ? sources.at(node).kind : undefined;
    if (kind === 'token' || kind === 'position') embedded += x;
    if (kind === 'error') errors += x;
  });
  // Every unit of influence on an error came into some node as its share of error.
  return {
    replacement: embedded + errors === 0 ? 0 : embedded / (embedded + errors),
    completeness: rows.length === 0 || all === 0 ? 0 : 1 - errors / all,
  };
}
