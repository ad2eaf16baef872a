// What the nodes of a graph of paths are in the words of a circuit: ids of exact mode, names of transcoder-circuits.
import type { GraphNode } from '../graph/graph.ts';
import { headLabel, type PromptNames } from '../graph/names.ts';
import { type Component, type FeatureVector, featureName } from './components.ts';
import type { PathGraph } from './path-graph.ts';
import { type CircuitPrompt, denseCodes } from './prompt.ts';

/** The paths behind one root. */
export interface RootPaths {
  /** Paths joined, with or without error nodes. */
  readonly graph: PathGraph;
  /** Token of a logit, the one that is subtracted, and how likely the model thinks it; undefined for features. */
  readonly logit?: {
    readonly token: number;
    readonly less?: number | undefined;
    readonly probability?: number | undefined;
  };
}

/** A node by its name in the graph of paths. */
export interface NamedNode {
  readonly name: string;
  readonly node: GraphNode;
}

/** What stands for that which the paths leave out, in words. */
const LEFT_OUT: Readonly<Record<string, (target: string) => string>> = {
  tc_error: () => 'transcoder errors',
  prune_error: () => 'paths left out',
  bias_error: (target) => `b_enc of ${target}`,
};

/** Describe the nodes of the paths behind one root. */
export async function graphNodes(
  prompt: CircuitPrompt,
  root: RootPaths,
  names: PromptNames,
): Promise<NamedNode[]> {
  const { nodes, edges } = root.graph;
  const children = new Set(edges.map(({ child }) => child));
  const parentOf = (name: string): FeatureVector => {
    const up = edges.filter(({ child }) => child === name);
    const best = up.reduce((a, b) => (Math.abs(b.weight) > Math.abs(a.weight) ? b : a));
    return nodes.get(best.parent)!;
  };
  const described: NamedNode[] = [];
  for (const [name, feature] of nodes) {
    const isRoot = !children.has(name);
    const own = isRoot
      ? await rootNode(prompt, feature, { root, names })
      : await innerNode(prompt, feature, { parent: parentOf(name), root, names });
    const { contrib } = feature;
    const common = { hasInputs: false, isRoot, constant: 0, remainder: 0, influence: 0 };
    const amount = contrib === undefined ? {} : { contribution: contrib };
    described.push({ name, node: { ...common, name, ...amount, ...own } });
  }
  return described;
}

type Described = Pick<GraphNode, 'id' | 'kind' | 'label' | 'layer'> & Partial<GraphNode>;

interface Surroundings {
  readonly root: RootPaths;
  readonly names: PromptNames;
}

async function rootNode(
  prompt: CircuitPrompt,
  root: FeatureVector,
  { root: { logit }, names }: Surroundings,
): Promise<Described> {
  const position = prompt.position(root.token!);
  const id = idOf(prompt, root, logit, true);
  if (logit !== undefined) {
    const { token, less, probability } = logit;
    const text = JSON.stringify(names.tokenString(token));
    const layer = prompt.backbone.config.nLayers;
    const place = { id, kind: 'logit', layer, position, token } as const;
    if (less === undefined) return { ...place, label: text, probability };
    return { ...place, label: `${text} − ${JSON.stringify(names.tokenString(less))}`, less };
  }
  if (readsAsTranscoder(root)) return featureNode(prompt, root, id);
  const { layer, featureType, feature } = root.components.at(-1) ?? { layer: root.layer };
  const what = featureType === 'sae' ? 'SAE ' : 'written by ';
  const label = feature === undefined ? 'vector' : `${what}${layer}/${feature}`;
  return { id, kind: 'vector', label, layer: root.layer, position };
}

async function innerNode(
  prompt: CircuitPrompt,
  feature: FeatureVector,
  { parent, root: { graph, logit }, names }: Surroundings & { parent: FeatureVector },
): Promise<Described> {
  const { layer, type, head } = feature.components.at(-1)!;
  const position = prompt.position(feature.token!);
  const isParentRoot = !graph.edges.some(({ child }) => graph.nodes.get(child) === parent);
  const target = idOf(prompt, parent, logit, isParentRoot);
  if (type === 'mlp') return featureNode(prompt, feature, idOf(prompt, feature, logit, false));
  if (type === 'embed') {
    const token = prompt.tokens[position]!;
    const label = JSON.stringify(names.tokenStrings[position]);
    const id = idOf(prompt, feature, logit, false);
    return { id, kind: 'token', label, layer: -1, position, token };
  }
  if (type === 'attn') {
    const destination = prompt.position(parent.token!);
    const instance = { layer, head: head!, source: position, destination };
    const id = idOf(prompt, feature, logit, false);
    const seen = { ...instance, target };
    return {
      id,
      kind: 'head',
      label: headLabel(instance),
      layer,
      position: destination,
      head: seen,
    };
  }
  const isBias = type === 'bias_error';
  const what = isBias ? ({ kind: 'bias', bias: 'b_enc' } as const) : ({ kind: 'error' } as const);
  const label = LEFT_OUT[type]!(target);
  return { id: `${type}_for_${target}`, ...what, label, layer, position, overlaps: true };
}

async function featureNode(
  prompt: CircuitPrompt,
  { components, token }: FeatureVector,
  id: string,
): Promise<Described> {
  const { layer, feature } = components.at(-1)!;
  const position = prompt.position(token!);
  const activation = denseCodes(await prompt.codes(layer), position)[feature!]!;
  const label = `${layer}/${feature}`;
  return { id, kind: 'feature', label, layer, position, feature: feature!, activation };
}

/** Whether a root is what a transcoder's feature reads, which exact mode has a node for. */
function readsAsTranscoder({ components, sublayer }: FeatureVector): boolean {
  const last = components.at(-1);
  return last?.featureType === 'tc' && last.feature !== undefined && sublayer !== 'mlp_out';
}

/** The id that exact mode gives to the same thing, and one like it for what it has not. */
function idOf(
  prompt: CircuitPrompt,
  vector: FeatureVector,
  logit: RootPaths['logit'],
  isRoot: boolean,
): string {
  const position = prompt.position(vector.token!);
  const last: Partial<Component> = vector.components.at(-1) ?? {};
  const { layer, type, head, featureType, feature } = last;
  if (isRoot && logit !== undefined) {
    const less = logit.less === undefined ? '' : `-${logit.less}`;
    return `${prompt.backbone.config.nLayers + 1}_${logit.token}${less}_${position}`;
  }
  if (isRoot && !readsAsTranscoder(vector)) {
    const name = featureType === 'sae' ? 'sae' : 'writes';
    return feature === undefined
      ? `vector_${featureName(vector, { full: false, contrib: false })}`
      : `${name}_${layer}_${feature}_${position}`;
  }
  if (type === 'embed') return `E_${prompt.tokens[position]}_${position}`;
  if (type === 'attn') return `head_${layer}_${head}_${position}`;
  return `${layer}_${feature}_${position}`;
}
