// A circuit in a few lines of text: what the roots get, from whom, and how much is explained.
import { percent, signed } from '../../base/text.ts';
import type { CircuitGraph, GraphEdge, GraphNode } from '../graph/graph.ts';

/** Roots that each have a list of inputs; more of them share one. */
const OWN_LISTS = 3;
/** Influence of errors from which a person is told what to do about it. */
const MUCH = 0.5;

/**
 * Say the strongest inputs of the roots, and how much of the graph is explained. A share is the size of an input among the
 * sizes of all inputs that the graph shows of its target, whatever their signs: in the page it is the same.
 */
export function circuitSummary(graph: CircuitGraph, most = 8): string[] {
  const { nodes, edges, counts } = graph;
  const roots = [...nodes.keys()].filter((i) => nodes[i]!.isRoot);
  const lines =
    roots.length <= OWN_LISTS
      ? roots.flatMap((root) => [rootLine(nodes[root]!), ...inputLines(graph, root, most)])
      : [...roots.map((root) => rootLine(nodes[root]!)), ...commonInputs(graph, roots, most)];
  const shown = nodes.filter(({ kind, hasInputs }) => kind === 'feature' && hasInputs).length;
  return [
    ...lines,
    `${nodes.length} nodes and ${edges.length} edges; ${shown} of ${counts.active} features that fire, inputs computed of ${counts.expanded}`,
    ...scoreLines(graph),
  ];
}

function rootLine({ label, position, value, probability }: GraphNode): string {
  const chance = probability === undefined ? '' : `, probability ${percent(probability)}`;
  return `${label} at ${position}: ${signed(value ?? 0)}${chance}`;
}

/** The inputs of one root, with its constant and what pruning left out, which sum to its value. */
function inputLines({ nodes, edges }: CircuitGraph, root: number, most: number): string[] {
  const inputs = inputsOf(edges, root);
  const { constant, remainder } = nodes[root]!;
  const lines = inputs
    .slice(0, most)
    .map(({ source, weight, share }) => row(signed(weight), share, nodes[source]!));
  if (inputs.length > most) {
    const rest = inputs.slice(most);
    const sum = rest.reduce((total, { weight }) => total + weight, 0);
    const share = rest.reduce((total, each) => total + each.share, 0);
    lines.push(line(signed(sum), percent(share), `${rest.length} more inputs`));
  }
  lines.push(line(signed(constant), '', 'constant'));
  lines.push(line(signed(remainder), '', 'left out by pruning'));
  return lines;
}

/** What several roots get in common: mean shares, each root counting by what it began with. */
function commonInputs(
  { nodes, edges }: CircuitGraph,
  roots: readonly number[],
  most: number,
): string[] {
  const shares = new Map<number, number>();
  for (const root of roots) {
    for (const { source, share } of inputsOf(edges, root)) {
      shares.set(source, (shares.get(source) ?? 0) + share * nodes[root]!.influence);
    }
  }
  const sorted = [...shares].sort(([, a], [, b]) => b - a);
  const rest = sorted.slice(most).reduce((sum, [, share]) => sum + share, 0);
  return [
    'their inputs, mean shares:',
    ...sorted.slice(0, most).map(([source, share]) => row('', share, nodes[source]!)),
    ...(sorted.length > most
      ? [line('', percent(rest), `${sorted.length - most} more inputs`)]
      : []),
  ];
}

function inputsOf(edges: readonly GraphEdge[], root: number): (GraphEdge & { share: number })[] {
  const inputs = edges.filter(({ target }) => target === root);
  const size = inputs.reduce((sum, { weight }) => sum + Math.abs(weight), 0) || 1;
  return inputs
    .map((edge) => ({ ...edge, share: Math.abs(edge.weight) / size }))
    .sort((a, b) => b.share - a.share);
}

function row(amount: string, share: number, { label, position, kind }: GraphNode): string {
  const at = position === undefined || kind === 'head' ? '' : ` at ${position}`;
  return line(amount, percent(share), `${label}${at}`);
}

function line(amount: string, share: string, what: string): string {
  return `  ${amount.padStart(9)}  ${share.padStart(6)}  ${what}`;
}

/** How much is explained, and in plain words what errors carry where that is much. */
function scoreLines({ scores }: CircuitGraph): string[] {
  if (scores === undefined) return [];
  const { replacement, completeness } = scores;
  const errors = 1 - replacement;
  const lines = [
    `replacement score ${percent(replacement)}, completeness score ${percent(completeness)}, error share ${percent(1 - completeness)}`,
  ];
  if (errors >= MUCH) {
    lines.push(
      `errors of the transcoders carry ${percent(errors)} of what could be followed to the prompt: this circuit is mostly unexplained`,
      '  better transcoders explain more: train them on more rows (--n-patches) until saev replace says that they recover the loss',
    );
  }
  return lines;
}
