// Paths of compatible mode as an attribution graph, so that they are written, drawn and shown as those of exact mode.

import type { CircuitGraph, GraphEdge, GraphNode, GraphScores } from '../graph/graph.ts';
import { fromTheTop, type InputRow, influences } from '../graph/influence.ts';
import { headLabel, type PromptNames } from '../graph/names.ts';
import { type FeatureVector, featureName } from './components.ts';
import type { PathGraph } from './path-graph.ts';
import { type CircuitPrompt, denseCodes } from './prompt.ts';

/** The paths behind one root. */
export interface RootPaths {
  /** Paths joined, with error nodes. */
  readonly graph: PathGraph;
  /** Token of a logit, and the one that is subtracted; undefined for features. */
  readonly logit?: { readonly token: number; readonly less?: number | undefined };
}

/**
 * Give the graph of the paths of all roots. A head stands for the source that it reads, as in the original: its
 * destination here is the node that it gives most to. `tc_error` and `prune_error` become errors, `bias_error` a bias.
 * Nodes have no remainder, because their inputs do not sum to their contributions; see `withErrorNodes`.
 */
export async function graphOfRoots(
  prompt: CircuitPrompt,
  roots: readonly RootPaths[],
  names: PromptNames,
): Promise<CircuitGraph> {
  const nodes = new Map<string, GraphNode>();
  const weights = new Map<string, Map<string, number>>();
  const starts: string[] = [];
  for (const root of roots) {
    const ids = new Map<string, string>();
    for (const node of await describedNodes(prompt, root, names)) {
      ids.set(node.name, node.node.id);
      const known = nodes.get(node.node.id);
      const isRoot = node.node.isRoot || known?.isRoot === true;
      nodes.set(node.node.id, { ...(known ?? node.node), isRoot });
      if (node.node.isRoot) starts.push(node.node.id);
    }
    for (const { child, parent, weight } of root.graph.edges) {
      const [from, to] = [ids.get(child)!, ids.get(parent)!];
      const inputs = weights.get(to) ?? new Map<string, number>();
      // Paths from different roots are different paths, and add up; a feature's bias is the same for all.
      const before = nodes.get(from)!.kind === 'bias' ? 0 : (inputs.get(from) ?? 0);
      weights.set(to, inputs.set(from, before + weight));
    }
  }
  return assembled(prompt, nodes, { weights, starts: [...new Set(starts)], names });
}

interface Named {
  readonly name: string;
  readonly node: GraphNode;
}

async function describedNodes(
  prompt: CircuitPrompt,
  { graph, logit }: RootPaths,
  names: PromptNames,
): Promise<Named[]> {
  const children = new Set(graph.edges.map(({ child }) => child));
  const described: Named[] = [];
  const parentOf = (name: string): FeatureVector => {
    const edges = graph.edges.filter(({ child }) => child === name);
    const best = edges.reduce((a, b) => (Math.abs(b.weight) > Math.abs(a.weight) ? b : a));
    return graph.nodes.get(best.parent)!;
  };
  const idOf = (feature: FeatureVector): string =>
    plainId(prompt, feature, logit) ?? featureName(feature, { full: false, contrib: false });
  for (const [name, feature] of graph.nodes) {
    const isRoot = !children.has(name);
    const base = { hasInputs: false, isRoot, constant: 0, remainder: 0, influence: 0 };
    const { layer, type, head, featureType, feature: index } = feature.components.at(-1)!;
    const position = prompt.position(feature.token!);
    const id = idOf(feature);
    if (type === 'mlp' && featureType === 'tc' && index !== undefined) {
      const activation = denseCodes(await prompt.codes(layer), position)[index]!;
      const label = `${layer}/${index}`;
      const own = { id, kind: 'feature', label, layer, position, feature: index } as const;
      described.push({ name, node: { ...base, ...own, activation } });
    } else if (type === 'attn') {
      const parent = parentOf(name);
      const destination = prompt.position(parent.token!);
      const instance = { layer, head: head!, source: position, destination };
      const own = { id, kind: 'head', label: headLabel(instance), layer } as const;
      const seen = { ...instance, target: idOf(parent) };
      described.push({ name, node: { ...base, ...own, position: destination, head: seen } });
    } else if (type === 'embed') {
      const token = prompt.tokens[position]!;
      const label = JSON.stringify(names.tokenStrings[position]);
      described.push({
        name,
        node: { ...base, id, kind: 'token', label, layer: -1, position, token },
      });
    } else if (logit !== undefined && isRoot) {
      const { token, less } = logit;
      const text = JSON.stringify(names.tokenString(token));
      const label =
        less === undefined ? text : `${text} − ${JSON.stringify(names.tokenString(less))}`;
      const own = {
        id,
        kind: 'logit',
        label,
        token,
        ...(less === undefined ? {} : { less }),
      } as const;
      described.push({
        name,
        node: { ...base, ...own, layer: prompt.backbone.config.nLayers, position },
      });
    } else {
      described.push({
        name,
        node: { ...base, ...errorNode(type, layer, idOf(parentOf(name))), position },
      });
    }
  }
  return described;
}

/** What stands for that which a graph of paths leaves out of a node's inputs. */
function errorNode(
  type: string,
  layer: number,
  target: string,
): Pick<GraphNode, 'id' | 'kind' | 'label' | 'layer' | 'bias'> {
  const id = `${type}_for_${target}`;
  if (type === 'bias_error')
    return { id, kind: 'bias', label: `b_enc of ${target}`, layer, bias: 'b_enc' };
  const label = type === 'tc_error' ? 'errors of transcoders below' : 'paths left out';
  return { id, kind: 'error', label, layer };
}

/** The id that exact mode gives to the same thing; undefined for what it has not. */
function plainId(
  prompt: CircuitPrompt,
  { components, token }: FeatureVector,
  logit: RootPaths['logit'],
): string | undefined {
  const { layer, type, head, featureType, feature } = components.at(-1)!;
  const position = prompt.position(token!);
  if (type === 'embed') return `E_${prompt.tokens[position]}_${position}`;
  if (type === 'attn') return `head_${layer}_${head}_${position}`;
  if (type !== 'mlp') return undefined;
  if (featureType === 'tc' && feature !== undefined) return `${layer}_${feature}_${position}`;
  if (logit === undefined) return undefined;
  const less = logit.less === undefined ? '' : `-${logit.less}`;
  return `${prompt.backbone.config.nLayers + 1}_${logit.token}${less}_${position}`;
}

interface Parts {
  /** By target and source. */
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly starts: readonly string[];
  readonly names: PromptNames;
}

async function assembled(
  prompt: CircuitPrompt,
  nodes: ReadonlyMap<string, GraphNode>,
  { weights, starts, names }: Parts,
): Promise<CircuitGraph> {
  const { nLayers } = prompt.backbone.config;
  const ids = [...nodes.keys()];
  const number = new Map(ids.map((id, i) => [id, i]));
  const rows = [...weights].map(
    ([target, inputs]): InputRow => ({
      node: number.get(target)!,
      depth: depthOf(nodes.get(target)!, nLayers),
      from: Uint32Array.from(inputs.keys(), (id) => number.get(id)!),
      weight: Float32Array.from(inputs.values()),
    }),
  );
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
    scores: scoresOf(sorted),
    counts: {
      active,
      expanded: [...weights.keys()].filter((id) => nodes.get(id)!.kind === 'feature').length,
    },
  };
}

/** Sublayers below a node: its inputs have fewer. */
function depthOf({ kind, layer }: GraphNode, nLayers: number): number {
  if (kind === 'logit') return 2 * nLayers;
  return kind === 'head' ? 2 * layer : 2 * layer + 1;
}

/** The scores of exact mode, on the influence of what the paths show. */
function scoresOf(nodes: readonly GraphNode[]): GraphScores {
  let [embedded, errors, all] = [0, 0, 0];
  for (const { kind, influence } of nodes) {
    all += influence;
    if (kind === 'token') embedded += influence;
    if (kind === 'error') errors += influence;
  }
  const replacement = embedded + errors === 0 ? 0 : embedded / (embedded + errors);
  return { replacement, completeness: all === 0 ? 0 : 1 - errors / all };
}
