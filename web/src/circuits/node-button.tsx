import { shortToken } from '../shared/tokens.ts';
import { type CircuitGraph, type CircuitNode, KIND_NAMES } from './graph.ts';
import { ShapeIcon } from './shape.tsx';

/** A node's name in a text or a list: leads to the node, and shows it in the figure while the pointer is on it. */
export function NodeButton(props: {
  graph: CircuitGraph;
  node: CircuitNode;
  onOpen: (node: CircuitNode) => void;
  onHover: (node: CircuitNode | undefined) => void;
}) {
  const { graph, node, onOpen, onHover } = props;
  const token = node.position === undefined ? undefined : graph.tokens[node.position];
  return (
    <button
      type="button"
      className="node-button"
      title={`${KIND_NAMES[node.kind]}: ${node.label}`}
      onClick={() => {
        onHover(undefined);
        onOpen(node);
      }}
      onPointerEnter={(event) => event.pointerType !== 'touch' && onHover(node)}
      onPointerLeave={() => onHover(undefined)}
    >
      <ShapeIcon kind={node.kind} />
      <span className="node-label">{node.label}</span>
      {token !== undefined && (
        <small>
          {shortToken(token, 10)} <i>{node.position}</i>
        </small>
      )}
    </button>
  );
}
