// Whether the inputs of a node are seen to sum to what it is.
import type { CircuitEdge, CircuitNode } from '../../graph.ts';
import { signedShare } from './signed-bar.tsx';

export interface Balance {
  /** Sum of the edges that lead in. */
  readonly inputs: number;
  readonly bias: number | undefined;
  readonly remainder: number | undefined;
  /** What the nodes of a supernode give one another. */
  readonly inside: number | undefined;
  /** All of these together. */
  readonly sum: number;
  /** What they should come to, where the graph says so. */
  readonly preActivation: number | undefined;
  /** Whether they do, within a thousandth of their sizes. */
  readonly closes: boolean;
}

/** Add up what leads to a node. */
export function balanceOf({ inputs, inside, data }: CircuitNode): Balance {
  const { bias, remainder, preActivation } = data;
  let edges = 0;
  let size = Math.abs(bias ?? 0) + Math.abs(remainder ?? 0) + Math.abs(inside ?? 0);
  for (const { weight } of inputs) {
    edges += weight;
    size += Math.abs(weight);
  }
  const sum = edges + (bias ?? 0) + (remainder ?? 0) + (inside ?? 0);
  const closes =
    preActivation !== undefined && Math.abs(sum - preActivation) <= 1e-3 * Math.max(size, 1e-6);
  return { inputs: edges, bias, remainder, inside, sum, preActivation, closes };
}

/**
 * What the shares of a node's inputs are parts of, signs included: its pre-activation, else the sum of its inputs; of a
 * node of paths its contribution, as their inputs do not sum. Undefined where there is no such whole.
 */
export function wholeOf(node: CircuitNode): number | undefined {
  const { name, contrib } = node.data;
  if (name !== undefined) return contrib;
  const { preActivation, sum } = balanceOf(node);
  return preActivation ?? sum;
}

/** An edge's share of its target's whole as text; empty for what overlaps with other inputs. */
export function shareText({ source, target, weight }: CircuitEdge): string {
  return source.data.overlaps === true ? '' : signedShare(weight, wholeOf(target) ?? 0);
}
