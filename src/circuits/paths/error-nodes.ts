// What a graph of paths leaves out, as nodes: errors of transcoders, their biases, and paths that were not kept.

import { dot } from '../../base/arrays.ts';
import { readingOf } from '../reading.ts';
import type { ComponentType, FeatureVector } from './components.ts';
import { featureName } from './components.ts';
import type { PathEdge, PathGraph } from './path-graph.ts';
import type { CircuitPrompt } from './prompt.ts';
import { rowOf } from './vectors.ts';

/** Which error nodes are added. */
export interface ErrorNodeOptions {
  /** Encoder biases, `bias_error`. @default true */
  readonly biases?: boolean;
  /** What paths that were not kept contribute, `prune_error`. @default true */
  readonly leftOut?: boolean;
}

/**
 * Add to each node that has inputs: `tc_error`, `v · (mlp_out − reconstruction)` of all layers below at the node's own
 * position; `bias_error`, the encoder bias of a transcoder feature (not scaled by what follows it); `prune_error`, its
 * contribution without the inputs that the graph shows. As in the original the last one does not subtract the first
 * two, so that the inputs of a node do not sum to its contribution. Nodes without a contribution get no `prune_error`.
 */
export async function withErrorNodes(
  prompt: CircuitPrompt,
  { nodes, edges }: PathGraph,
  options: ErrorNodeOptions = {},
): Promise<PathGraph> {
  const { biases = true, leftOut = true } = options;
  const parents = [...new Set(edges.map(({ parent }) => parent))].map((name) => nodes.get(name)!);
  const all = new Map(nodes);
  const allEdges: PathEdge[] = [...edges];
  const add = (parent: FeatureVector, type: ComponentType, contrib: number): void => {
    const { layer, token, sublayer } = parent;
    const components = [parent.components.at(-1)!, { layer, type, token }];
    const node: FeatureVector = { components, layer, sublayer, token, contrib, error: 0 };
    const name = featureName(node, { contrib: false });
    all.set(name, node);
    allEdges.push({ child: name, parent: nameOf(parent), weight: contrib });
  };
  for (const parent of parents) {
    if (parent.sublayer !== 'mlp_out')
      add(parent, 'tc_error', await transcoderErrors(prompt, parent));
  }
  for (const parent of parents) {
    const { feature, featureType } = parent.components.at(-1)!;
    if (!biases || featureType !== 'tc' || feature === undefined) continue;
    const { transcoder } = await prompt.codes(parent.layer);
    add(parent, 'bias_error', readingOf(transcoder, feature).constant);
  }
  for (const parent of parents) {
    if (!leftOut || parent.contrib === undefined) continue;
    const name = nameOf(parent);
    const shown = edges.filter((edge) => edge.parent === name);
    const sum = shown.reduce((total, { weight }) => total + weight, 0);
    add(parent, 'prune_error', parent.contrib - sum);
  }
  return { nodes: all, edges: allEdges };
}

async function transcoderErrors(prompt: CircuitPrompt, node: FeatureVector): Promise<number> {
  const nLayers = node.layer + (node.sublayer === 'resid_post' ? 1 : 0);
  const token = prompt.position(node.token!);
  let error = 0;
  for (let layer = 0; layer < nLayers; layer++) {
    const { transcoder, reconstruction } = await prompt.codes(layer);
    const written = prompt.row(`blocks.${layer}.hook_mlp_out`, token);
    const kept = rowOf(reconstruction, token, transcoder.config.dOut);
    error += dot(
      node.vector!,
      written.map((value, i) => value - kept[i]!),
    );
  }
  return error;
}

function nameOf(node: FeatureVector): string {
  return featureName(node, { full: false, contrib: false });
}
