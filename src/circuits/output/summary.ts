// A circuit in a few lines of text: what the roots get, from whom, and how much is explained.
import { percent, signed } from '../../base/text.ts';
import type { CircuitGraph } from '../graph/graph.ts';

/** Say the strongest inputs of each root, and how much of the graph is explained. */
export function circuitSummary(graph: CircuitGraph, most = 8): string[] {
  const { nodes, edges, scores, counts } = graph;
  const lines: string[] = [];
  nodes.forEach((node, root) => {
    if (!node.isRoot) return;
    const inputs = edges
      .filter(({ target }) => target === root)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const size = inputs.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
    const chance =
      node.probability === undefined ? '' : `, probability ${percent(node.probability)}`;
    lines.push(`${node.label} at ${node.position}: ${signed(node.value ?? 0)}${chance}`);
    for (const { source, weight } of inputs.slice(0, most)) {
      const { label, position, kind } = nodes[source]!;
      const at = position === undefined || kind === 'head' ? '' : ` at ${position}`;
      lines.push(
        `  ${signed(weight).padStart(9)}  ${percent(Math.abs(weight) / size).padStart(5)}  ${label}${at}`,
      );
    }
    if (inputs.length > most) {
      const rest = inputs.slice(most).reduce((sum, { weight }) => sum + weight, 0);
      lines.push(`  ${signed(rest).padStart(9)}         ${inputs.length - most} more inputs`);
    }
    lines.push(`  ${signed(node.constant).padStart(9)}         constant`);
    lines.push(`  ${signed(node.remainder).padStart(9)}         left out by pruning`);
  });
  const shown = nodes.filter(({ kind, hasInputs }) => kind === 'feature' && hasInputs).length;
  lines.push(
    `${nodes.length} nodes and ${edges.length} edges; ${shown} of ${counts.active} features that fire, inputs computed of ${counts.expanded}`,
    `replacement score ${percent(scores.replacement)}, completeness score ${percent(scores.completeness)}, error share ${percent(1 - scores.completeness)}`,
  );
  return lines;
}
