import { memo } from 'react';
import { formatValue } from '../../shared/format.ts';
import { showToken } from '../../shared/tokens.ts';
import type { CircuitNode } from '../graph.ts';
import { KINDS } from '../kinds.ts';
import { Shape } from '../parts/shape.tsx';
import { boxText, boxWidth } from './box-text.ts';
import { NODE_SIZE, type PlacedNode } from './layout.ts';
import './node-marks.css';

/** How a node stands to the selected one. */
export interface Relation {
  readonly sign: 1 | -1;
  /** Of the target's inputs, 0 to 1. */
  readonly share: number;
}

/** All nodes of the figure. Only those whose looks change are drawn again. */
export const NodeMarks = memo(function NodeMarks(props: {
  placed: readonly PlacedNode[];
  tokens: readonly string[];
  selected: CircuitNode | undefined;
  pins: ReadonlySet<string>;
  chosen: ReadonlySet<string>;
  /** Nodes linked with the selected one; undefined when none is selected. */
  relations: ReadonlyMap<CircuitNode, Relation> | undefined;
  /** What the search found; undefined when nothing is searched. */
  found: ReadonlySet<CircuitNode> | undefined;
}) {
  const { placed, tokens, selected, pins, chosen, relations, found } = props;
  return placed.map(({ node, x, y }) => {
    const relation = relations?.get(node);
    const isApart = relations !== undefined && relation === undefined && node !== selected;
    return (
      <NodeMark
        key={node.n}
        node={node}
        x={x}
        y={y}
        token={node.position === undefined ? undefined : tokens[node.position]}
        isSelected={node === selected}
        isPinned={pins.has(node.id)}
        isChosen={chosen.has(node.id)}
        isFaint={found === undefined ? isApart : !found.has(node)}
        isFound={found?.has(node) ?? false}
        sign={relation?.sign}
        share={relation?.share}
      />
    );
  });
});

const NodeMark = memo(function NodeMark(props: {
  node: CircuitNode;
  x: number;
  y: number;
  token: string | undefined;
  isSelected: boolean;
  isPinned: boolean;
  isChosen: boolean;
  isFaint: boolean;
  isFound: boolean;
  sign: 1 | -1 | undefined;
  share: number | undefined;
}) {
  const { node, x, y, token, isPinned, isChosen, sign, share } = props;
  const text = boxText(node);
  const width = text === undefined ? undefined : boxWidth(text);
  const half = width === undefined ? NODE_SIZE / 2 : width / 2 + 2;
  return (
    <g
      id={`node-${node.n}`}
      className="node"
      role="option"
      aria-selected={props.isSelected}
      aria-label={`${nameOfNode(node, token)}${isPinned ? ', pinned' : ''}${isChosen ? ', chosen' : ''}`}
      data-n={node.n}
      data-kind={node.kind}
      data-faint={props.isFaint || undefined}
      data-found={props.isFound || undefined}
      data-pinned={isPinned || undefined}
      data-sign={sign === undefined ? undefined : sign > 0 ? 'positive' : 'negative'}
      transform={`translate(${x} ${y})`}
    >
      <rect className="hit" x={-half} y={-NODE_SIZE / 2} width={2 * half} height={NODE_SIZE} />
      {isChosen && (
        <rect className="choice" x={-half} y={-14} width={2 * half} height={28} rx={9} />
      )}
      {isPinned && (
        <rect className="pin" x={1 - half} y={-13} width={2 * half - 2} height={26} rx={9} />
      )}
      <Shape kind={node.kind} text={text} width={width} />
      {sign !== undefined && (
        <g className="relation" style={{ opacity: 0.25 + 0.75 * Math.min(1, 3 * (share ?? 0)) }}>
          <Shape kind={node.kind} text={text} width={width} />
        </g>
      )}
    </g>
  );
});

/** A node as it is read out: kind, label, token, activation. */
export function nameOfNode(node: CircuitNode, token: string | undefined): string {
  const text = boxText(node);
  // What is seen on a box is part of its name.
  const seen = text === undefined ? '' : `${text}, `;
  const parts = [`${seen}${KINDS[node.kind].title}: ${node.label}`];
  if (token !== undefined) parts.push(`at ${node.position} “${showToken(token)}”`);
  if (node.data.activation != null) parts.push(`activation ${formatValue(node.data.activation)}`);
  return parts.join(', ');
}
