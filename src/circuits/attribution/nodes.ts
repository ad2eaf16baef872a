// Names and facts of the nodes of an attribution.

import type { GraphNode } from '../graph/graph.ts';
import { headLabel, type PromptNames, type PrunedNodes } from '../graph/names.ts';
import type { Attribution } from './attribute.ts';
import type { Target } from './targets.ts';

/** Describe nodes, in the order of a graph, and say where in it each one is. */
export function graphNodes(
  attribution: Attribution,
  names: PromptNames,
  { kept, influence, remainders }: PrunedNodes,
): { nodes: GraphNode[]; indexOf: ReadonlyMap<number, number> } {
  const { rows, roots } = attribution;
  const rowOf = new Map(rows.map((row) => [row.node, row]));
  const described = kept.map((node) => {
    const row = rowOf.get(node);
    return {
      node,
      described: {
        ...describe(attribution, names, node),
        value: row?.value,
        hasInputs: row !== undefined,
        isRoot: roots.has(node),
        constant: row?.constant ?? 0,
        remainder: remainders.get(node) ?? 0,
        influence: roots.get(node) ?? influence[node]!,
      },
    };
  });
  described.sort(
    ({ described: a }, { described: b }) =>
      Number(b.isRoot) - Number(a.isRoot) ||
      b.layer - a.layer ||
      (a.position ?? -1) - (b.position ?? -1) ||
      b.influence - a.influence,
  );
  return {
    nodes: described.map(({ described: node }) => node),
    indexOf: new Map(described.map(({ node }, index) => [node, index])),
  };
}

type Description = Pick<GraphNode, 'id' | 'kind' | 'label' | 'layer'> & Partial<GraphNode>;

function describe(attribution: Attribution, names: PromptNames, node: number): Description {
  const { sources, others, state } = attribution;
  if (node >= sources.count) {
    const other = others[node - sources.count]!;
    if (other.kind === 'root') return describeTarget(other.target, names, state.blocks.length);
    const { head, of } = other;
    const target = describe(attribution, names, of).id;
    const place = `${head.layer}_${head.head}_${head.source}_${head.destination}`;
    return {
      id: `head_${place}_for_${target}`,
      kind: 'head',
      label: headLabel(head),
      layer: head.layer,
      position: head.destination,
      head: { ...head, target },
    };
  }
  const { kind, layer, position, feature, bias } = sources.at(node);
  switch (kind) {
    case 'feature': {
      const { codes } = state.blocks[layer]!.transcoder!;
      const block = sources.mlp[layer]![position!]!;
      return {
        ...describeFeature(layer, feature!, position!),
        activation: codes.value[codes.rowStart[position!]! + node - block.start]!,
      };
    }
    case 'error': {
      const replaced = state.blocks[layer]!.transcoder !== undefined;
      const label = replaced ? `error of MLP ${layer}` : `MLP ${layer}`;
      return { id: `error_${layer}_${position}`, kind, label, layer, position };
    }
    case 'token': {
      const token = state.tokens[position!]!;
      const label = JSON.stringify(names.tokenStrings[position!]);
      return { id: `E_${token}_${position}`, kind, label, layer, position, token };
    }
    case 'position':
      return { id: `P_${position}`, kind, label: `position ${position}`, layer, position };
    case 'bias':
      return { id: `bias_${bias}_${layer}`, kind, label: `${bias} of block ${layer}`, layer, bias };
  }
}

function describeTarget(target: Target, names: PromptNames, nLayers: number): Description {
  const { kind, layer, position, feature, token = 0, less, probability, label } = target;
  const text = (id: number): string => JSON.stringify(names.tokenString(id));
  if (kind === 'feature') return { ...describeFeature(layer, feature!, position), activation: 0 };
  if (kind === 'vector')
    return { id: `vector_${layer}_${position}_${label}`, kind, label: label!, layer, position };
  const place = { layer, position, token };
  return less === undefined
    ? { id: `${nLayers + 1}_${token}_${position}`, kind, label: text(token), ...place, probability }
    : {
        id: `${nLayers + 1}_${token}-${less}_${position}`,
        kind,
        label: `${text(token)} − ${text(less)}`,
        ...place,
        less,
      };
}

function describeFeature(layer: number, feature: number, position: number): Description {
  const id = `${layer}_${feature}_${position}`;
  return { id, kind: 'feature', label: `${layer}/${feature}`, layer, position, feature };
}
