// The tabs of a node, the first of them the one that opens. One more is a file beside this one that exports its
// `NodeTab`, with its style sheet, and a line in the list: its button and its address follow from it.
import type { CircuitNode } from '../../graph.ts';
import { FEATURE } from './feature-dashboard.tsx';
import { INPUTS } from './input-table.tsx';
import { MEMBERS } from './member-list.tsx';
import { OUTPUTS } from './output-table.tsx';
import type { NodeTab } from './tab.ts';

export const TABS: readonly NodeTab[] = [MEMBERS, INPUTS, OUTPUTS, FEATURE];

/** The tabs that a node has. */
export function tabsOf(node: CircuitNode, tabs: readonly NodeTab[] = TABS): readonly NodeTab[] {
  return tabs.filter((tab) => tab.isFor(node));
}
