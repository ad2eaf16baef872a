// A circuit in a few lines of text: what the roots get, from whom, and how much is explained.
import { percent, signed } from '../../base/text.ts';
import type { CircuitGraph, GraphEdge, GraphNode } from '../graph/graph.ts';

/** Roots that each have a list of inputs; more of them share one. */
const OWN_LISTS = 3;
/** Influence of errors from which a person is told what to do about it. */
const MUCH = 0.5;

/**
 * Say the strongest inputs of the roots, and how much of the graph is explained. A share is that of an input in the value of
 * its target, signs included, so that all parts have 100 % together: the same as in the page.
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
  const { value = 0, constant, remainder } = nodes[root]!;
  const part = (weight: number, what: string): string =>
    line(signed(weight), shareText(weight, value), what);
  const rest = inputs.slice(most);
  const sum = rest.reduce((total, { weight }) => total + weight, 0);
  return [
    ...inputs.slice(0, most).map(({ source, weight }) => part(weight, nameOf(nodes[source]!))),
    ...(rest.length > 0 ? [part(sum, `${rest.length} more inputs`)] : []),
    part(constant, 'constant'),
    part(remainder, 'left out by pruning'),
  ];
}

/** What several roots get in common: mean shares, each root counting by what it began with. */
function commonInputs(
  { nodes, edges }: CircuitGraph,
  roots: readonly number[],
  most: number,
): string[] {
  const shares = new Map<number, number>();
  for (const root of roots) {
    const { value = 0, influence } = nodes[root]!;
    if (value === 0) continue;
    for (const { source, weight } of inputsOf(edges, root))
      shares.set(source, (shares.get(source) ?? 0) + (influence * weight) / value);
  }
  const sorted = [...shares].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const rest = sorted.slice(most).reduce((sum, [, share]) => sum + share, 0);
  return [
    'what they have in common, mean shares of their values:',
    ...sorted
      .slice(0, most)
      .map(([source, share]) => line('', shareText(share, 1), nameOf(nodes[source]!))),
    ...(sorted.length > most
      ? [line('', shareText(rest, 1), `${sorted.length - most} more inputs`)]
      : []),
  ];
}

/** The edges that lead to a root, largest first. */
function inputsOf(edges: readonly GraphEdge[], root: number): GraphEdge[] {
  return edges
    .filter(({ target }) => target === root)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

function nameOf({ label, position, kind }: GraphNode): string {
  return position === undefined || kind === 'head' ? label : `${label} at ${position}`;
}

/** A part of a whole in percent, with its sign; a dash where there is no whole. */
function shareText(part: number, whole: number): string {
  return whole === 0 ? '–' : percent(part / whole).replace('-', '−');
}

function line(amount: string, share: string, what: string): string {
  return `  ${amount.padStart(9)}  ${share.padStart(7)}  ${what}`;
}

/** How much is explained, and in plain words what errors carry where that is much. */
function scoreLines({ scores, transcoders, nLayers }: CircuitGraph): string[] {
  if (scores === undefined) return [];
  const { replacement, completeness } = scores;
  const errors = 1 - replacement;
  const lines = [
    `replacement score ${percent(replacement)}, completeness score ${percent(completeness)}, error share ${percent(1 - completeness)}`,
  ];
  if (errors >= MUCH) {
    const bare = [...Array(nLayers).keys()].filter((layer) => !(layer in transcoders));
    lines.push(
      `errors of the transcoders carry ${percent(errors)} of what could be followed to the prompt: this circuit is mostly unexplained`,
      bare.length > 0
        ? `  MLPs of layers ${bare.join(', ')} are errors as a whole: name transcoders for them with --transcoders`
        : '  better transcoders explain more: train them on more rows (--n-patches) until saev replace says that they recover the loss',
    );
  }
  return lines;
}
