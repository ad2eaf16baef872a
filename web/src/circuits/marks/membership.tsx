import type { CircuitNode } from '../graph.ts';
import type { Marking } from './use-marking.ts';
import './membership.css';

/** What can be done to a supernode, or with a node that is in one. */
export function Membership({ node, marking }: { node: CircuitNode; marking: Marking }) {
  const group = marking.groupOf(node);
  if (group === undefined) return null;
  const isShut = node.members !== undefined;
  return (
    <div className="membership">
      {!isShut && (
        <p>
          In the supernode <b>{group.name}</b>
        </p>
      )}
      <button type="button" onClick={() => marking.setOpen(group, isShut)}>
        {isShut ? 'Show its nodes' : 'Show as one'}
      </button>
      {!isShut && (
        <button type="button" onClick={() => marking.takeOut(node)}>
          Take out
        </button>
      )}
      <button type="button" onClick={() => marking.ungroup(group)}>
        Ungroup
      </button>
    </div>
  );
}
