// Paths of compatible mode as an attribution graph, so that they are written, drawn and shown as those of exact mode.

import type { CircuitGraph, GraphEdge, GraphNode } from '../graph/graph.ts';
import { fromTheTop, type InputRow, influences } from '../graph/influence.ts';
import type { PromptNames } from '../graph/names.ts';
import { graphNodes, type RootPaths } from './graph-nodes.ts';
import type { CircuitPrompt } from './prompt.ts';

/** What the contributions of the paths are. */
export interface RootGraphOptions {
  /** `cut` where they were cut at the activations that they pass through. @default 'raw' */
  readonly contributions?: 'raw' | 'cut';
}

/**
 * Give the graph of the paths of all roots. A head stands for the source that it reads, as in the original: its
 * destination here is the node that it gives most to. `tc_error` and `prune_error` become errors, `bias_error` a bias;
 * they overlap with one another, so they have no influence, and the graph has no scores. See `withErrorNodes`.
 */
export async function graphOfRoots(
  prompt: CircuitPrompt,
  roots: readonly RootPaths[],
  names: PromptNames,
  { contributions = 'raw' }: RootGraphOptions = {},
): Promise<CircuitGraph> {
  const nodes = new Map<string, GraphNode>();
  const weights = new Map<string, Map<string, number>>();
  const starts: string[] = [];
  for (const root of roots) {
    const ids = new Map<string, string>();
    for (const { name, node } of await graphNodes(prompt, root, names)) {
      ids.set(name, node.id);
      nodes.set(node.id, merged(nodes.get(node.id), node));
      if (node.isRoot) starts.push(node.id);
    }
    for (const { child, parent, weight } of root.graph.edges) {
      const [from, to] = [ids.get(child)!, ids.get(parent)!];
      const inputs = weights.get(to) ?? new Map<string, number>();
      // Paths from different roots are different paths, and add up; a feature's bias is the same for all.
      const before = nodes.get(from)!.kind === 'bias' ? 0 : (inputs.get(from) ?? 0);
      weights.set(to, inputs.set(from, before + weight));
    }
  }
  return assembled(prompt, nodes, { weights, starts: [...new Set(starts)], names, contributions });
}

/** One node of what several roots call the same; a root keeps its own contribution, others add theirs up. */
function merged(known: GraphNode | undefined, node: GraphNode): GraphNode {
  if (known === undefined || known.kind === 'bias') return known ?? node;
  if (known.isRoot || node.isRoot) return known.isRoot ? known : node;
  const contribution = (known.contribution ?? 0) + (node.contribution ?? 0);
  return { ...known, contribution };
}

interface Parts {
  /** By target and source. */
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly starts: readonly string[];
  readonly names: PromptNames;
  readonly contributions: 'raw' | 'cut';
}

async function assembled(
  prompt: CircuitPrompt,
  nodes: ReadonlyMap<string, GraphNode>,
  { weights, starts, names, contributions }: Parts,
): Promise<CircuitGraph> {
  const { nLayers } = prompt.backbone.config;
  const ids = [...nodes.keys()];
  const number = new Map(ids.map((id, i) => [id, i]));
  const rows = [...weights].map(([target, inputs]): InputRow => {
    const paths = [...inputs].filter(([id]) => nodes.get(id)!.overlaps !== true);
    return {
      node: number.get(target)!,
      depth: depthOf(nodes.get(target)!, nLayers),
      from: Uint32Array.from(paths, ([id]) => number.get(id)!),
      weight: Float32Array.from(paths, ([, weight]) => weight),
    };
  });
  const shares = new Map(starts.map((id) => [number.get(id)!, 1 / starts.length]));
  const influence = influences(fromTheTop(rows), shares, ids.length);
  const sorted = ids
    .map((id, i) => ({ ...nodes.get(id)!, influence: shares.get(i) ?? influence[i]! }))
    .sort(
      (a, b) =>
        Number(b.isRoot) - Number(a.isRoot) ||
        b.layer - a.layer ||
        (a.position ?? -1) - (b.position ?? -1) ||
        b.influence - a.influence,
    );
  const place = new Map(sorted.map(({ id }, i) => [id, i]));
  const edges = [...weights].flatMap(([target, inputs]) =>
    [...inputs].map(
      ([source, weight]): GraphEdge => ({
        source: place.get(source)!,
        target: place.get(target)!,
        weight,
      }),
    ),
  );
  edges.sort((a, b) => a.target - b.target || Math.abs(b.weight) - Math.abs(a.weight));
  let active = 0;
  for (const layer of prompt.transcoders.layers)
    active += (await prompt.codes(layer)).codes.index.length;
  return {
    model: names.model,
    transcoders: names.transcoders,
    prompt: names.prompt,
    tokens: Array.from(prompt.tokens),
    tokenStrings: names.tokenStrings,
    nLayers,
    nodes: sorted,
    edges,
    pruning: { nodeThreshold: 1, edgeThreshold: 1 },
    contributions,
    counts: {
      active,
      expanded: [...weights.keys()].filter((id) => nodes.get(id)!.kind === 'feature').length,
    },
  };
}

/** Sublayers below a node: its inputs have fewer. */
function depthOf({ kind, layer }: GraphNode, nLayers: number): number {
  if (kind === 'logit' || kind === 'vector') return 2 * nLayers;
  return kind === 'head' ? 2 * layer : 2 * layer + 1;
}
