// An attribution graph in circuit-tracer's JSON schema (frontend/graph_models.py there), which Neuronpedia's validator and
// our page take. What the schema has no place for stands in keys of its own.

import type { PageGraph, PageNode } from '../../pages/circuit-page.ts';
import type { CircuitGraph, GraphNode, NodeKind } from './graph.ts';

/** A node with all the keys that circuit-tracer writes. */
export interface GraphJsonNode extends PageNode {
  /** Cantor's pairing of layer and feature; the id of a token or of a logit's token; −1 for everything else. */
  readonly feature: number;
  readonly jsNodeId: string;
  readonly clerp: string;
  readonly token_prob: number;
  readonly is_target_logit: boolean;
  readonly run_idx: number;
  readonly reverse_ctx_idx: number;
}

/** A graph with all the keys that circuit-tracer writes. */
export interface GraphJson extends PageGraph {
  readonly metadata: PageGraph['metadata'] & {
    readonly transcoder_list: readonly string[];
    readonly schema_version: 1;
    readonly info: {
      readonly generator: { readonly name: string; readonly version: string };
    };
    readonly pruning_settings: { readonly node_threshold: number; readonly edge_threshold: number };
  };
  readonly qParams: {
    readonly pinnedIds: readonly string[];
    readonly supernodes: readonly string[][];
    readonly linkType: 'both';
    readonly clickedId: string;
    readonly sg_pos: string;
  };
  readonly nodes: readonly GraphJsonNode[];
}

/** What the file of a graph says besides the graph. */
export interface GraphJsonOptions {
  /** Name of the graph in addresses: lower case letters, digits and hyphens. */
  readonly slug: string;
  /** What was traced, for people. */
  readonly root: string;
  /** Version of this program. */
  readonly version: string;
  /** Name of the method that found the graph. @default 'exact' */
  readonly mode?: string | undefined;
  /** Relative address of a feature's page; `{layer}` stands for the layer. */
  readonly dashboards?: string | undefined;
}

/** Kinds of nodes in the words of the schema, which takes any string; the last four are ours. */
const TYPES: Readonly<Record<NodeKind, string>> = {
  feature: 'cross layer transcoder',
  error: 'mlp reconstruction error',
  token: 'embedding',
  logit: 'logit',
  bias: 'bias',
  position: 'position embedding',
  head: 'attention head',
  vector: 'vector',
};

/**
 * Write a graph in circuit-tracer's schema. Ids are unique, errors' too: `LAYER_FEATURE_POSITION`, `E_TOKEN_POSITION`,
 * `error_LAYER_POSITION`, `P_POSITION`, `bias_NAME_LAYER`, `head_LAYER_HEAD_SOURCE_DESTINATION_for_TARGET`. `influence`
 * is the share that a node and all more influential ones have of the influence in the graph. Biases belong to no
 * position: theirs is one past the prompt. Nodes of compatible mode have `name` and `contrib` as transcoder-circuits has them.
 */
export function graphJson(graph: CircuitGraph, options: GraphJsonOptions): GraphJson {
  const { slug, root, version, mode = 'exact', dashboards } = options;
  const { nodes, edges, pruning, scores, tokenStrings } = graph;
  const cumulative = cumulativeInfluence(nodes);
  const [first] = nodes;
  return {
    metadata: {
      slug,
      scan: graph.model,
      transcoder_list: Object.values(graph.transcoders),
      prompt_tokens: tokenStrings,
      prompt: graph.prompt,
      node_threshold: pruning.nodeThreshold,
      schema_version: 1,
      info: { generator: { name: 'saev', version } },
      pruning_settings: {
        node_threshold: pruning.nodeThreshold,
        edge_threshold: pruning.edgeThreshold,
      },
      mode,
      root,
      ...(scores && {
        replacement_score: scores.replacement,
        completeness_score: scores.completeness,
      }),
      ...(graph.contributions && { contributions: graph.contributions }),
    },
    qParams: {
      pinnedIds: nodes.filter(({ isRoot }) => isRoot).map(({ id }) => id),
      supernodes: [],
      linkType: 'both',
      clickedId: first?.id ?? '',
      sg_pos: '',
    },
    nodes: nodes.map((node, i) => nodeJson(node, graph, cumulative[i]!)),
    links: edges.map(({ source, target, weight }) => ({
      source: nodes[source]!.id,
      target: nodes[target]!.id,
      weight,
    })),
    ...(dashboards === undefined ? {} : { dashboards }),
  };
}

function nodeJson(
  node: GraphNode,
  { tokens, nLayers }: CircuitGraph,
  influence: number,
): GraphJsonNode {
  const { id, kind, layer, feature, token, head, probability } = node;
  const position = node.position ?? tokens.length;
  const isEmbedding = kind === 'token' || kind === 'position';
  const layerName = isEmbedding ? 'E' : kind === 'logit' ? String(nLayers + 1) : String(layer);
  return {
    node_id: id,
    feature: kind === 'feature' ? cantor(layer, feature!) : (token ?? -1),
    layer: layerName,
    ctx_idx: position,
    feature_type: TYPES[kind],
    // The schema asks for a number; differences and what nobody computed have none.
    token_prob: probability ?? 0,
    is_target_logit: kind === 'logit',
    run_idx: 0,
    reverse_ctx_idx: tokens.length - 1 - position,
    jsNodeId: kind === 'feature' ? `${layer}_${feature}-${position}` : id,
    clerp: clerpOf(node),
    influence,
    activation: node.activation ?? null,
    ...(head && {
      head: {
        layer: head.layer,
        head: head.head,
        source: head.source,
        destination: head.destination,
      },
      serves: head.target,
    }),
    ...(node.name !== undefined && { name: node.name }),
    ...(node.contribution !== undefined && { contrib: node.contribution }),
    ...(node.overlaps && { overlaps: node.overlaps }),
    ...(node.hasInputs && {
      preActivation: node.value ?? 0,
      bias: node.constant,
      remainder: node.remainder,
    }),
  };
}

/** Features have no label of their own until somebody gives them one. */
function clerpOf({ kind, label, probability, less, position }: GraphNode): string {
  if (kind === 'feature') return '';
  if (kind === 'logit' && less === undefined && probability !== undefined)
    return `Output ${label} (p=${probability.toFixed(3)})`;
  if (kind === 'logit') return `Output ${label}`;
  return kind === 'error' ? `${label} at ${position}` : label;
}

/** `(l + f)(l + f + 1) / 2 + f`: one number for two (Cantor). */
function cantor(layer: number, feature: number): number {
  const sum = layer + feature;
  return (sum * (sum + 1)) / 2 + feature;
}

function cumulativeInfluence(nodes: readonly GraphNode[]): number[] {
  const order = [...nodes.keys()]
    .filter((i) => !nodes[i]!.isRoot)
    .sort((a, b) => nodes[b]!.influence - nodes[a]!.influence);
  const total = order.reduce((sum, i) => sum + nodes[i]!.influence, 0) || 1;
  const cumulative = nodes.map(() => 0);
  let sum = 0;
  for (const i of order) {
    sum += nodes[i]!.influence;
    cumulative[i] = Math.min(1, sum / total);
  }
  return cumulative;
}
