import { NodeButton } from '../../parts/node-button.tsx';
import type { NodeTab, TabProps } from './tab.ts';
import './member-list.css';

/** The nodes of a supernode. One that is opened is shown for itself, and the others beside it. */
function MemberList({ node, graph, marking, onHover }: TabProps) {
  const group = marking.groupOf(node);
  if (group === undefined || node.members === undefined) return null;
  return (
    <ul className="member-list">
      {node.members.map((member) => (
        <li key={member.id}>
          <NodeButton
            node={member}
            graph={graph}
            onOpen={() => marking.goInside(group, member)}
            onHover={onHover}
          />
          <button type="button" className="quiet" onClick={() => marking.takeOut(member)}>
            Take out<span className="hidden-text"> {member.label}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export const MEMBERS: NodeTab = {
  name: 'members',
  title: ({ members }) => `Nodes ${members?.length ?? 0}`,
  isFor: ({ members }) => members !== undefined,
  Tab: MemberList,
};
