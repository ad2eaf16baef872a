import { useState } from 'react';
import { formatShare, formatValue } from '../../shared/format.ts';
import type { CircuitGraph, CircuitNode } from '../graph.ts';
import { NodeButton } from './node-button.tsx';
import { SignedBar } from './signed-bar.tsx';

/** Rows before the rest is left out. */
const ROWS = 15;

/** What a node leads to, with its share among the inputs of each. */
export function OutputTable(props: {
  graph: CircuitGraph;
  node: CircuitNode;
  onOpen: (node: CircuitNode) => void;
  onHover: (node: CircuitNode | undefined) => void;
}) {
  const { graph, node, onOpen, onHover } = props;
  const [isWhole, setWhole] = useState(false);
  if (node.outputs.length === 0) {
    return <p className="empty-note">This node leads to nothing in this graph.</p>;
  }
  const rows = isWhole ? node.outputs : node.outputs.slice(0, ROWS);
  const largest = Math.abs(node.outputs[0]!.weight);
  const more = node.outputs.length - rows.length;
  return (
    <table className="edge-table">
      <caption>Outputs, and their share of the inputs there</caption>
      <thead>
        <tr>
          <th scope="col">To</th>
          <th scope="col">
            <span className="hidden-text">Sign and size</span>
          </th>
          <th scope="col" className="number">
            Weight
          </th>
          <th scope="col" className="number">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ target, weight, share }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two edges may have the same ends
          <tr key={i}>
            <th scope="row">
              <NodeButton graph={graph} node={target} onOpen={onOpen} onHover={onHover} />
            </th>
            <td>
              <SignedBar weight={weight} largest={largest} />
            </td>
            <td className="number">{formatValue(weight)}</td>
            <td className="number">{formatShare(share)}</td>
          </tr>
        ))}
        {more > 0 && (
          <tr className="extra">
            <th scope="row" colSpan={4}>
              <button type="button" className="quiet" onClick={() => setWhole(true)}>
                {more} more
              </button>
            </th>
          </tr>
        )}
      </tbody>
    </table>
  );
}
