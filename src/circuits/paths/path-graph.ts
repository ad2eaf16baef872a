// Paths joined into a graph: what they have in common becomes one node.
import { formatShort } from '../../formats/python/python-format.ts';
import { type FeatureVector, featureName, type Path } from './components.ts';
import { checkRaw } from './paths.ts';
import { plus } from './vectors.ts';

/** What a child contributes to a parent, by the names of the nodes. */
export interface PathEdge {
  readonly child: string;
  readonly parent: string;
  readonly weight: number;
}

/** Nodes by their names (`mlp3tc[14]@9`) and the edges between them, each in the order of their first path. */
export interface PathGraph {
  readonly nodes: ReadonlyMap<string, FeatureVector>;
  readonly edges: readonly PathEdge[];
}

/** How paths are joined. */
export interface JoinOptions {
  /** Take contributions that were cut, too, and add them up as they are. @default false */
  readonly allowCut?: boolean;
}

/**
 * Join paths. Nodes and edges add up what distinct paths bring to them; what is the same up to some step counts once.
 *
 * @throws {RangeError} for contributions that were cut, which the original refuses, unless they are allowed.
 */
export function graphOfPaths(
  paths: readonly Path[],
  { allowCut = false }: JoinOptions = {},
): PathGraph {
  const nodes = new Map<string, FeatureVector>();
  const edges = new Map<string, PathEdge>();
  const seen = new Set<string>();
  for (const path of paths) {
    let prefix = '';
    path.forEach((feature, step) => {
      prefix += `${step === 0 ? '' : ' <- '}${featureName(feature, { contrib: false })}`;
      if (seen.has(prefix)) return;
      seen.add(prefix);
      if (step === 0) {
        nodes.set(prefix, added(nodes.get(prefix), feature));
        return;
      }
      if (!allowCut) checkRaw(feature);
      const child = nodeName(feature);
      addEdge(edges, { child, parent: nodeName(path[step - 1]!), weight: feature.contrib! });
      nodes.set(child, added(nodes.get(child), feature));
    });
  }
  return { nodes: headsLast(nodes), edges: [...edges.values()] };
}

/** Add up nodes and edges of a graph that differ in nothing but positions. */
export function sumOverTokens({ nodes, edges }: PathGraph): PathGraph {
  const nameOf = (node: FeatureVector): string =>
    featureName(node, { full: false, contrib: false, token: false });
  const sums = new Map<string, FeatureVector>();
  for (const node of nodes.values()) {
    const known = sums.get(nameOf(node));
    const contrib = addDefined(known?.contrib, node.contrib);
    sums.set(nameOf(node), { ...(known ?? node), contrib });
  }
  const summed = new Map<string, PathEdge>();
  for (const { child, parent, weight } of edges) {
    const names = { child: nameOf(nodes.get(child)!), parent: nameOf(nodes.get(parent)!) };
    addEdge(summed, { ...names, weight });
  }
  return { nodes: sums, edges: [...summed.values()] };
}

/** Give the nodes with, for those that have inputs in the graph, the sum of these as contribution; such nodes come first. */
export function contributionsInGraph({ nodes, edges }: PathGraph): Map<string, FeatureVector> {
  const found = new Map<string, FeatureVector>();
  for (const { parent, weight } of edges) {
    const contrib = (found.get(parent)?.contrib ?? 0) + weight;
    found.set(parent, { ...nodes.get(parent)!, contrib });
  }
  for (const [name, node] of nodes) if (!found.has(name)) found.set(name, node);
  return found;
}

/** Write a graph as lines: its nodes with their contributions, then its edges, both under the original's names. */
export function printedGraph({ nodes, edges }: PathGraph): string[] {
  const amount = (value: number | undefined): string =>
    value === undefined ? '' : `: ${formatShort(value, 2)}`;
  return [
    '--- Nodes ---',
    ...[...nodes].map(([name, { contrib }]) => `${name}${amount(contrib)}`),
    '--- Edges ---',
    ...edges.map(({ child, parent, weight }) => `${child} -> ${parent}${amount(weight)}`),
  ];
}

function nodeName(feature: FeatureVector): string {
  return featureName(feature, { full: false, contrib: false });
}

function added(known: FeatureVector | undefined, feature: FeatureVector): FeatureVector {
  if (known === undefined) return feature;
  const contrib = addDefined(known.contrib, feature.contrib);
  return { ...known, contrib, vector: plus(known.vector!, feature.vector!) };
}

function addDefined(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a + b;
}

function addEdge(edges: Map<string, PathEdge>, { child, parent, weight }: PathEdge): void {
  const key = `${child} ${parent}`;
  edges.set(key, { child, parent, weight: (edges.get(key)?.weight ?? 0) + weight });
}

/** Heads have come together from paths through different features: only the head itself names them, behind the rest. */
function headsLast(nodes: ReadonlyMap<string, FeatureVector>): Map<string, FeatureVector> {
  const isHead = ({ components }: FeatureVector): boolean => components.at(-1)?.type === 'attn';
  const heads = [...nodes.values()].filter(isHead);
  return new Map([
    ...[...nodes].filter(([, node]) => !isHead(node)),
    ...heads.map((node): [string, FeatureVector] => {
      const trimmed = { ...node, components: node.components.slice(-1) };
      return [nodeName(trimmed), trimmed];
    }),
  ]);
}
