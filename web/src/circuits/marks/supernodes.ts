// Supernodes in the graph: each that is shut stands for its nodes, with the sums of their edges.
import type { Supernode } from '../../../../src/pages/circuits/marks.ts';
import {
  type CircuitEdge,
  type CircuitGraph,
  type CircuitNode,
  type EdgeEnds,
  joinEdges,
} from '../graph.ts';

/** The id of a supernode among nodes: it keeps it when its name changes. */
export function groupId({ ids }: Pick<Supernode, 'ids'>): string {
  return `group:${ids[0]}`;
}

/** The nodes of the graph that a node stands for: itself, or those of a supernode. */
export function nodeIds({ id, members }: CircuitNode): readonly string[] {
  return members === undefined ? [id] : members.map((member) => member.id);
}

/**
 * The graph with one node in place of those of each supernode that is not in `open`. Its edges to another node are the
 * sum of theirs; what they give one another is its `inside`, so that its inputs sum to what theirs sum to.
 */
export function withSupernodes(
  graph: CircuitGraph,
  groups: readonly Supernode[],
  open: ReadonlySet<string> = new Set(),
): CircuitGraph {
  const shut = groups
    .filter((group) => !open.has(groupId(group)))
    .map((group) => ({ group, members: group.ids.flatMap((id) => graph.byId.get(id) ?? []) }))
    .filter(({ members }) => members.length > 0);
  if (shut.length === 0) return graph;

  const hidden = new Set(shut.flatMap(({ members }) => members));
  const kept = graph.nodes.filter((node) => !hidden.has(node));
  const count = kept.length + shut.length;
  const lists = (): CircuitEdge[][] => Array.from({ length: count }, () => []);
  const [inputs, outputs] = [lists(), lists()];
  const drawn = new Map<CircuitNode, CircuitNode>();
  const nodes: CircuitNode[] = kept.map((node, n) => {
    const own = { ...node, n, inputs: inputs[n]!, outputs: outputs[n]! };
    drawn.set(node, own);
    return own;
  });
  const inside = new Map<CircuitNode, number>();
  for (const { group, members } of shut) {
    const n = nodes.length;
    const own = groupNode(group, members, { n, inputs: inputs[n]!, outputs: outputs[n]! });
    nodes.push(own);
    for (const member of members) drawn.set(member, own);
    inside.set(own, 0);
  }

  const ends: EdgeEnds[] = [];
  const sums = new Map<string, { source: CircuitNode; target: CircuitNode; weight: number }>();
  for (const edge of graph.edges) {
    const [source, target] = [drawn.get(edge.source)!, drawn.get(edge.target)!];
    if (source.members === undefined && target.members === undefined) {
      ends.push({ source, target, weight: edge.weight });
    } else if (source === target) {
      inside.set(source, inside.get(source)! + edge.weight);
    } else {
      const key = `${source.n} ${target.n}`;
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { source, target, weight: edge.weight });
      else sum.weight += edge.weight;
    }
  }
  for (const [node, weight] of inside) Object.assign(node, { inside: weight });
  const edges = joinEdges([...ends, ...sums.values()], nodes, { inputs, outputs });
  // Whoever asks for a node that is inside finds what stands for it.
  const byId = new Map([...graph.byId].map(([id, node]) => [id, drawn.get(node)!]));
  for (const node of nodes.slice(kept.length)) if (!byId.has(node.id)) byId.set(node.id, node);
  return { tokens: graph.tokens, nodes, edges, byId };
}

/** What stands for nodes: at the place of the middle one, and of the token that most of them belong to. */
function groupNode(
  group: Supernode,
  members: readonly CircuitNode[],
  links: Pick<CircuitNode, 'n' | 'inputs' | 'outputs'>,
): CircuitNode {
  const heights = { below: -1, attention: 0, mlp: 1, above: Number.POSITIVE_INFINITY };
  const sorted = [...members].sort(
    (a, b) => 2 * (a.layer ?? 0) + heights[a.row] - (2 * (b.layer ?? 0) + heights[b.row]),
  );
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const position = commonest(members.flatMap((member) => member.position ?? []));
  const shares = members.map(({ influence }) => influence);
  const influence = shares.includes(undefined) ? undefined : Math.min(...(shares as number[]));
  const known = members.filter(({ data }) => data.preActivation !== undefined);
  const isWhole = members.every(
    ({ inputs, data }) => inputs.length === 0 || data.preActivation !== undefined,
  );
  const sumOf = (key: 'preActivation' | 'bias' | 'remainder'): number | undefined =>
    known.length > 0 && isWhole
      ? known.reduce((sum, { data }) => sum + (data[key] ?? 0), 0)
      : undefined;
  const id = groupId(group);
  return {
    ...links,
    id,
    kind: 'group',
    row: middle.row,
    layer: middle.layer,
    position,
    label: group.name,
    featureKey: undefined,
    head: undefined,
    influence,
    members,
    data: {
      node_id: id,
      layer: middle.data.layer,
      ctx_idx: position ?? -1,
      feature_type: 'supernode',
      preActivation: sumOf('preActivation'),
      bias: sumOf('bias'),
      remainder: sumOf('remainder'),
      overlaps: members.every(({ data }) => data.overlaps === true),
    },
  };
}

/** The value that is there most often, the last of those that are. */
function commonest(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0];
}
