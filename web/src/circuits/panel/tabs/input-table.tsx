import { formatValue } from '../../../shared/format.ts';
import type { CircuitNode } from '../../graph.ts';
import { balanceOf, wholeOf } from './balance.ts';
import { EdgeTable, type Part } from './edge-table.tsx';
import { signedShare } from './signed-bar.tsx';
import type { NodeTab, TabProps } from './tab.ts';

/** What leads to a node: every input, the constant and what was cut, down to the sum. */
function InputTable({ node, graph, onOpen, onHover }: TabProps) {
  const { bias, remainder, inside, sum, preActivation, closes } = balanceOf(node);
  if (node.inputs.length === 0 && preActivation === undefined && !bias && !inside) {
    return <p className="empty-note">Nothing in this graph leads to this node.</p>;
  }
  const size = wholeOf(node) ?? 0;
  const isOfPaths = node.data.name !== undefined;
  const parts: Part[] = [];
  if (inside !== undefined) {
    const meaning = 'What the nodes of the supernode give one another';
    parts.push({ name: 'Inside', weight: inside, meaning });
  }
  if (bias !== undefined) {
    parts.push({ name: 'Bias', weight: bias, meaning: 'The constant part of the sum' });
  }
  if (remainder !== undefined) {
    const meaning = 'What came from nodes and over edges that were cut';
    parts.push({ name: 'Cut by pruning', weight: remainder, meaning });
  }
  const foot = isOfPaths ? (
    <PathsFoot node={node} />
  ) : (
    <>
      <tr>
        <th scope="row" colSpan={2}>
          Sum
        </th>
        <td className="number">{formatValue(sum)}</td>
        <td className="number">{signedShare(sum, size)}</td>
      </tr>
      {preActivation !== undefined && (
        <tr data-closes={closes}>
          <th scope="row" colSpan={2}>
            Pre-activation {closes ? '✓ the sum closes' : '≠ the sum does not close'}
          </th>
          <td className="number">{formatValue(preActivation)}</td>
          <td className="number" />
        </tr>
      )}
    </>
  );
  return (
    <EdgeTable
      key={node.n}
      graph={graph}
      caption={captionOf(isOfPaths, preActivation)}
      edges={node.inputs}
      end="source"
      whole={{ size, parts, foot }}
      onOpen={onOpen}
      onHover={onHover}
    />
  );
}

function captionOf(isOfPaths: boolean, preActivation: number | undefined): string {
  if (isOfPaths) return 'Inputs that paths bring, and what they leave out';
  return `Inputs, and their share of the ${preActivation === undefined ? 'sum' : 'pre-activation'}`;
}

/** Inputs of paths do not sum: error nodes stand beside them, as transcoder-circuits has them. */
function PathsFoot({ node }: { node: CircuitNode }) {
  const { contrib } = node.data;
  return (
    <tr>
      <th scope="row" colSpan={4}>
        {contrib === undefined
          ? 'Errors overlap with one another: these inputs have no sum.'
          : `Shares are of the contribution ${formatValue(contrib)}. Errors overlap, and have none.`}
      </th>
    </tr>
  );
}

export const INPUTS: NodeTab = {
  name: 'inputs',
  title: ({ inputs }) => `Inputs ${inputs.length}`,
  isFor: () => true,
  Tab: InputTable,
};
