import { EdgeTable } from './edge-table.tsx';
import type { NodeTab, TabProps } from './tab.ts';

/** What a node leads to, with its share of each. */
function OutputTable({ node, graph, onOpen, onHover }: TabProps) {
  if (node.outputs.length === 0) {
    return <p className="empty-note">This node leads to nothing in this graph.</p>;
  }
  return (
    <EdgeTable
      key={node.n}
      graph={graph}
      caption="Outputs, and the share of each that comes from here"
      edges={node.outputs}
      end="target"
      onOpen={onOpen}
      onHover={onHover}
    />
  );
}

export const OUTPUTS: NodeTab = {
  name: 'outputs',
  title: ({ outputs }) => `Outputs ${outputs.length}`,
  isFor: () => true,
  Tab: OutputTable,
};
