import { formatCount } from '../../shared/format.ts';
import type { CircuitNode } from '../graph.ts';
import { SubgraphList } from '../marks/subgraph-list.tsx';
import type { Marking } from '../marks/use-marking.ts';
import { NodeButton, type NodeLinks } from '../parts/node-button.tsx';
import { NoteField } from '../parts/note-field.tsx';
import './overview-panel.css';

/** Nodes of one list at most. */
const LISTED = 20;

/** Where to begin: what was searched, pinned, traced, and what matters most. */
export function OverviewPanel(
  props: NodeLinks & {
    pinned: readonly CircuitNode[];
    found: readonly CircuitNode[] | undefined;
    /** Id in the address that no node has. */
    unknown: string | undefined;
    marking: Marking;
  },
) {
  const { pinned, found, unknown, marking, ...links } = props;
  const { graph } = links;
  const roots = graph.nodes.filter(({ row }) => row === 'above');
  const ranked = graph.nodes
    .filter(({ influence, kind }) => influence !== undefined && kind !== 'error')
    .sort((a, b) => a.influence! - b.influence!);
  const lists: [name: string, nodes: readonly CircuitNode[] | undefined][] = [
    ['Found', found],
    ['Supernodes', graph.nodes.filter(({ members }) => members !== undefined)],
    ['Pinned', pinned.filter(({ members }) => members === undefined)],
    ['Outputs', roots],
    ['Most influential', ranked],
  ];
  return (
    <>
      {unknown !== undefined && (
        <p className="empty-note" role="alert">
          There is no node “{unknown}” in this graph.
        </p>
      )}
      {graph.nodes.length === 0 ? (
        <p className="empty-note">This graph has no nodes.</p>
      ) : (
        <p className="empty-note">Click a node to see what leads to it and where it leads.</p>
      )}
      {lists.map(
        ([name, nodes]) =>
          nodes !== undefined &&
          nodes.length > 0 && (
            <section key={name} className="node-list">
              <h2>
                {name} <small>{formatCount(nodes.length)}</small>
              </h2>
              <ul>
                {nodes.slice(0, LISTED).map((node) => (
                  <li key={node.n}>
                    <NodeButton node={node} {...links} />
                  </li>
                ))}
              </ul>
              {name === 'Pinned' && nodes.length > 1 && (
                <button type="button" className="quiet" onClick={marking.choosePinned}>
                  Choose them for a supernode
                </button>
              )}
              {nodes.length > LISTED && <p>and {formatCount(nodes.length - LISTED)} more</p>}
            </section>
          ),
      )}
      {graph.nodes.length > 0 && <SubgraphList marking={marking} />}
      <NoteField
        name="Note about the graph"
        text={marking.marks.note}
        placeholder="What this circuit shows"
        onChange={marking.setGraphNote}
      />
    </>
  );
}
