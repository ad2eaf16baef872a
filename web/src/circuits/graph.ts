// The graph as the page works with it: nodes that know their edges, made from circuit-tracer's JSON.
import type { HeadInstance, PageGraph, PageNode } from '../../../src/pages/circuit-page.ts';
import { KINDS, type KindFacts, type NodeKind } from './kinds.ts';

export interface CircuitEdge {
  readonly source: CircuitNode;
  readonly target: CircuitNode;
  /** How much of the target's pre-activation comes this way. */
  readonly weight: number;
  /** `|weight|` among those of all inputs of the target that do not overlap, 0 to 1: how strongly it is drawn. */
  readonly share: number;
}

export interface CircuitNode {
  /** Place among the graph's nodes. */
  readonly n: number;
  readonly id: string;
  readonly kind: NodeKind;
  readonly row: KindFacts['row'];
  /** Layer by number; undefined for embeddings and for what stands above all layers. */
  readonly layer: number | undefined;
  /** Place in the prompt; undefined for a node that belongs to no token. */
  readonly position: number | undefined;
  readonly label: string;
  /** `LAYER/INDEX` of a feature. */
  readonly featureKey: string | undefined;
  readonly head: HeadInstance | undefined;
  /** Cumulative share of influence; undefined for a node that thresholds do not touch. */
  readonly influence: number | undefined;
  readonly data: PageNode;
  /** Of a supernode: the nodes that it stands for, and what they give one another. */
  readonly members?: readonly CircuitNode[];
  readonly inside?: number;
  /** Largest `|weight|` first. */
  readonly inputs: readonly CircuitEdge[];
  readonly outputs: readonly CircuitEdge[];
}

export interface CircuitGraph {
  readonly tokens: readonly string[];
  readonly nodes: readonly CircuitNode[];
  /** Largest share first. */
  readonly edges: readonly CircuitEdge[];
  /** Several nodes may have one id in files of other programs: the first has it here. */
  readonly byId: ReadonlyMap<string, CircuitNode>;
}

/** Build the graph from its JSON; `labels` by id take the place of its own. */
export function buildGraph(
  json: PageGraph,
  labels: ReadonlyMap<string, string> = new Map(),
): CircuitGraph {
  const tokens = json.metadata.prompt_tokens;
  const inputs: CircuitEdge[][] = json.nodes.map(() => []);
  const outputs: CircuitEdge[][] = json.nodes.map(() => []);
  const nodes = json.nodes.map((data, n) =>
    buildNode(data, { n, tokens, labels, inputs: inputs[n]!, outputs: outputs[n]! }),
  );
  const byId = new Map([...nodes].reverse().map((node) => [node.id, node]));

  const ends = json.links.flatMap(({ source, target, weight }) => {
    const from = byId.get(source);
    const to = byId.get(target);
    if (from === undefined || to === undefined) return [];
    return [{ source: from, target: to, weight }];
  });
  const edges = joinEdges(ends, nodes, { inputs, outputs });
  return { tokens, nodes, edges, byId };
}

/** An edge that does not know its share. */
export type EdgeEnds = Pick<CircuitEdge, 'source' | 'target' | 'weight'>;

/** Give edges their shares, and the lists of their nodes their edges. */
export function joinEdges(
  ends: readonly EdgeEnds[],
  nodes: readonly CircuitNode[],
  { inputs, outputs }: { inputs: CircuitEdge[][]; outputs: CircuitEdge[][] },
): CircuitEdge[] {
  const sizes = nodes.map(() => 0);
  for (const { source, target, weight } of ends)
    if (source.data.overlaps !== true) sizes[target.n]! += Math.abs(weight);
  const edges = ends.map((end) => ({
    ...end,
    share: Math.min(1, Math.abs(end.weight) / (sizes[end.target.n]! || 1)),
  }));
  edges.sort((a, b) => b.share - a.share || Math.abs(b.weight) - Math.abs(a.weight));
  for (const edge of edges) {
    inputs[edge.target.n]!.push(edge);
    outputs[edge.source.n]!.push(edge);
  }
  for (const list of outputs) list.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  return edges;
}

function buildNode(
  data: PageNode,
  rest: Pick<CircuitNode, 'n' | 'inputs' | 'outputs'> & {
    tokens: readonly string[];
    labels: ReadonlyMap<string, string>;
  },
): CircuitNode {
  const { tokens, labels, ...links } = rest;
  const kind = kindOf(data);
  const { row, isAlwaysShown } = KINDS[kind];
  const layer = /^\d+$/.test(data.layer) ? Number(data.layer) : undefined;
  const position = tokens[data.ctx_idx] === undefined ? undefined : data.ctx_idx;
  const featureKey = kind === 'feature' ? keyOf(data) : undefined;
  const node = {
    ...links,
    id: data.node_id,
    kind,
    row,
    layer: row === 'above' || row === 'below' ? undefined : layer,
    position,
    featureKey,
    head: data.head,
    influence: isAlwaysShown ? undefined : (data.influence ?? undefined),
    data,
  };
  return { ...node, label: labels.get(node.id) || data.clerp?.trim() || nameOf(node) };
}

/** The kind that a type of circuit-tracer's schema, or of ours, stands for. */
function kindOf({ feature_type: type, head }: PageNode): NodeKind {
  if (head !== undefined || /\bhead\b|^lorsa$/.test(type)) return 'head';
  if (/error/.test(type)) return 'error';
  if (/bias/.test(type)) return 'bias';
  if (/position/.test(type)) return 'position';
  if (/embedding/.test(type)) return 'embedding';
  if (/logit/.test(type)) return 'logit';
  if (/vector/.test(type)) return 'vector';
  return 'feature';
}

/** Ids of features are `LAYER_INDEX_POSITION`. */
function keyOf({ node_id: id }: PageNode): string | undefined {
  const parts = /^(\d+)_(\d+)_\d+$/.exec(id);
  return parts === null ? undefined : `${parts[1]}/${parts[2]}`;
}

function nameOf(node: Pick<CircuitNode, 'kind' | 'layer' | 'featureKey' | 'head' | 'id'>): string {
  const { kind, layer, featureKey, head } = node;
  if (kind === 'feature' && featureKey !== undefined) return `Feature ${featureKey}`;
  if (head !== undefined) return `Head ${head.layer}.${head.head}`;
  if (kind === 'error') return `Error of MLP ${layer ?? '?'}`;
  if (kind === 'bias') return `Bias${layer === undefined ? '' : ` of layer ${layer}`}`;
  if (kind === 'embedding') return 'Token embedding';
  if (kind === 'position') return 'Position embedding';
  return node.id;
}
