// What a tab of the panel is, and what it is given.
import type { ComponentType } from 'react';
import type { CircuitSource } from '../../circuit-source.ts';
import type { CircuitNode } from '../../graph.ts';
import type { Marking } from '../../marks/use-marking.ts';
import type { NodeLinks } from '../../parts/node-button.tsx';

/** What a tab is given. */
export interface TabProps extends NodeLinks {
  readonly node: CircuitNode;
  readonly marking: Marking;
  /** Where details of features come from. */
  readonly source: CircuitSource;
  /** Address of the page of the node's feature, where the graph names one. */
  readonly dashboard: string | undefined;
}

export interface NodeTab {
  /** In the address: `#tab=NAME`. */
  readonly name: string;
  /** On its button. */
  title(node: CircuitNode): string;
  /** Whether there is such a tab for a node. */
  isFor(node: CircuitNode): boolean;
  readonly Tab: ComponentType<TabProps>;
}
