import type { Entry } from '../../../src/pages/catalogue.ts';
import { hashOf } from './address.ts';
import type { ViewProps } from './view.ts';
import './overview.css';

/** Everything that was found, by kind, each with the way to it. */
export function Overview({ catalogue }: ViewProps) {
  const { runs, features, circuits, studies, shards } = catalogue;
  const isEmpty = [runs, features, circuits, studies, shards].every(({ length }) => length === 0);
  if (isEmpty) {
    return (
      <main className="overview">
        <h1>Nothing found yet</h1>
        <p className="empty">
          There are no runs, visuals or circuits in {catalogue.folders.join(', ')}. Train an
          autoencoder there with <code>saev train</code>, or run <code>saev demo</code> and open its
          folder with <code>saev serve demo-out</code>; this page finds what is new when it is
          loaded again.
        </p>
      </main>
    );
  }
  return (
    <main className="overview">
      <h1>{catalogue.title}</h1>
      <List title="Runs" view="runs" entries={runs} />
      <List title="Features" view="features" entries={features} />
      <List title="Circuits" view="circuits" entries={circuits} />
      <List title="Studies" view="studies" entries={studies} />
    </main>
  );
}

function List(props: { title: string; view: string; entries: readonly Entry[] }) {
  const { title, view, entries } = props;
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>
        {title} <span className="overview-count">{entries.length}</span>
      </h2>
      <ul>
        {entries.map(({ id, title: name, folder, fault }) => (
          <li key={id}>
            {fault === undefined ? <a href={hashOf(view, id)}>{name}</a> : <span>{name}</span>}
            <span className="overview-folder">{fault ?? folder}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
