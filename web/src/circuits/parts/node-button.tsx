import type { ReactNode } from 'react';
import { shortToken } from '../../shared/tokens.ts';
import type { CircuitGraph, CircuitNode } from '../graph.ts';
import { KINDS } from '../kinds.ts';
import { ShapeIcon } from './shape.tsx';
import './node-button.css';

/** What is given to whatever names nodes. */
export interface NodeLinks {
  readonly graph: CircuitGraph;
  readonly onOpen: (node: CircuitNode) => void;
  readonly onHover: (node: CircuitNode | undefined) => void;
}

/** A node's name in a text or a list: leads to the node, and shows it in the figure while the pointer is on it. */
export function NodeButton({ node, graph, onOpen, onHover }: NodeLinks & { node: CircuitNode }) {
  const place = placeOf(node, graph.tokens);
  return (
    <button
      type="button"
      className="node-button"
      title={`${KINDS[node.kind].title}: ${node.label}`}
      onClick={() => {
        onHover(undefined);
        onOpen(node);
      }}
      onPointerEnter={(event) => event.pointerType !== 'touch' && onHover(node)}
      onPointerLeave={() => onHover(undefined)}
    >
      <ShapeIcon kind={node.kind} />
      <span className="node-label">{labelOf(node)}</span>
      {place !== undefined && <small>{place}</small>}
    </button>
  );
}

/** What a node is called where its tokens stand beside it: without positions. */
function labelOf({ head, position, label }: CircuitNode): string {
  if (head !== undefined) return label.replace(/: \d+ → \d+$/, '');
  return position === undefined ? label : label.replace(/ at \d+$/, '');
}

/** The token of a node, and of a head what it reads and where it writes it: positions first, so that they are not cut. */
function placeOf({ head, position }: CircuitNode, tokens: readonly string[]): ReactNode {
  const at = (place: number, length: number) => (
    <>
      <i>{place}</i> {shortToken(tokens[place] ?? '', length)}
    </>
  );
  if (head !== undefined) {
    return (
      <>
        {at(head.source, 7)} → {at(head.destination, 7)}
      </>
    );
  }
  return position === undefined ? undefined : at(position, 10);
}
