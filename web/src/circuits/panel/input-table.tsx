import { useState } from 'react';
import { formatValue } from '../../shared/format.ts';
import type { CircuitGraph, CircuitNode } from '../graph.ts';
import { balanceOf } from './balance.ts';
import { NodeButton } from './node-button.tsx';
import { SignedBar, signedShare } from './signed-bar.tsx';

/** Rows before the rest is folded into one. */
const ROWS = 15;

/** What leads to a node: every input, the constant and what was cut, down to the sum. */
export function InputTable(props: {
  graph: CircuitGraph;
  node: CircuitNode;
  onOpen: (node: CircuitNode) => void;
  onHover: (node: CircuitNode | undefined) => void;
}) {
  const { graph, node, onOpen, onHover } = props;
  const [isWhole, setWhole] = useState(false);
  const balance = balanceOf(node);
  const { bias, remainder, preActivation } = balance;
  if (node.inputs.length === 0 && preActivation === undefined && bias === undefined) {
    return <p className="empty-note">Nothing in this graph leads to this node.</p>;
  }
  const rows = isWhole ? node.inputs : node.inputs.slice(0, ROWS);
  const folded = node.inputs.slice(rows.length);
  const rest = folded.reduce((sum, { weight }) => sum + weight, 0);
  const whole = preActivation ?? balance.sum;
  const largest = Math.max(
    ...[bias ?? 0, remainder ?? 0, rest, node.inputs[0]?.weight ?? 0].map(Math.abs),
  );
  const line = (name: string, weight: number, meaning?: string) => (
    <tr className="extra" title={meaning}>
      <th scope="row">{name}</th>
      <td>
        <SignedBar weight={weight} largest={largest} />
      </td>
      <td className="number">{formatValue(weight)}</td>
      <td className="number">{signedShare(weight, whole)}</td>
    </tr>
  );
  return (
    <table className="edge-table">
      <caption>
        Inputs, and their share of the {preActivation === undefined ? 'sum' : 'pre-activation'}
      </caption>
      <thead>
        <tr>
          <th scope="col">From</th>
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
        {rows.map(({ source, weight }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two edges may have the same ends
          <tr key={i}>
            <th scope="row">
              <NodeButton graph={graph} node={source} onOpen={onOpen} onHover={onHover} />
            </th>
            <td>
              <SignedBar weight={weight} largest={largest} />
            </td>
            <td className="number">{formatValue(weight)}</td>
            <td className="number">{signedShare(weight, whole)}</td>
          </tr>
        ))}
        {folded.length > 0 && (
          <tr className="extra">
            <th scope="row">
              <button type="button" className="quiet" onClick={() => setWhole(true)}>
                {folded.length} more
              </button>
            </th>
            <td>
              <SignedBar weight={rest} largest={largest} />
            </td>
            <td className="number">{formatValue(rest)}</td>
            <td className="number">{signedShare(rest, whole)}</td>
          </tr>
        )}
        {bias !== undefined && line('Bias', bias, 'The constant part of the sum')}
        {remainder !== undefined &&
          line('Cut by pruning', remainder, 'What came from nodes and over edges that were cut')}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            Sum
          </th>
          <td className="number">{formatValue(balance.sum)}</td>
          <td className="number">{signedShare(balance.sum, whole)}</td>
        </tr>
        {preActivation !== undefined && (
          <tr data-closes={balance.closes}>
            <th scope="row" colSpan={2}>
              Pre-activation {balance.closes ? '✓ the sum closes' : '≠ the sum does not close'}
            </th>
            <td className="number">{formatValue(preActivation)}</td>
            <td className="number" />
          </tr>
        )}
      </tfoot>
    </table>
  );
}
