import { useState } from 'react';
import { formatCount } from '../../shared/format.ts';
import { EditableName } from '../parts/editable-name.tsx';
import type { Marking } from './use-marking.ts';
import './subgraph-list.css';

/** The parts of the graph that were kept: shown again, named otherwise, forgotten; and what is shown kept as one more. */
export function SubgraphList({ marking }: { marking: Marking }) {
  const [name, setName] = useState('');
  const { subgraphs } = marking.marks;
  return (
    <section className="subgraphs" aria-label="Subgraphs">
      <h2>
        Subgraphs <small>{formatCount(subgraphs.length)}</small>
      </h2>
      {subgraphs.length > 0 && (
        <ul>
          {subgraphs.map((subgraph) => (
            <li key={subgraph.name}>
              <EditableName
                what={`subgraph ${subgraph.name}`}
                text={subgraph.name}
                onRename={(text) => marking.renameSubgraph(subgraph.name, text)}
              />
              <small>
                {formatCount(subgraph.pins.length)} pinned, {formatCount(subgraph.groups.length)}{' '}
                {subgraph.groups.length === 1 ? 'supernode' : 'supernodes'}
              </small>
              <span className="subgraph-ways">
                <button type="button" onClick={() => marking.showSubgraph(subgraph)}>
                  Show<span className="hidden-text"> {subgraph.name}</span>
                </button>
                <button type="button" onClick={() => marking.removeSubgraph(subgraph.name)}>
                  Delete<span className="hidden-text"> {subgraph.name}</span>
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          marking.keepSubgraph(name);
          setName('');
        }}
      >
        <input
          type="text"
          aria-label="Name of the subgraph"
          placeholder="Name"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" title="Pins, supernodes, labels and thresholds as they are now">
          Keep what is shown
        </button>
      </form>
    </section>
  );
}
