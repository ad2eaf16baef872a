import type { ReactNode } from 'react';
import type { Catalogue, Entry, ModelEntry, RunSummary } from '../../../src/pages/catalogue.ts';
import { hashOf } from './address.ts';
import { aboutFeatures } from './features-view.tsx';
import type { ViewProps } from './view.ts';
import './overview.css';

/** Everything that was found, by kind, each with what it is and the ways to it. */
export function Overview({ catalogue }: ViewProps) {
  const { runs, features, circuits, studies, shards } = catalogue;
  if ([runs, features, circuits, studies, shards].every(({ length }) => length === 0))
    return <NothingFound folders={catalogue.folders} />;
  return (
    <main className="overview">
      <h1>{catalogue.title}</h1>
      <List
        title="Runs"
        view="runs"
        entries={runs}
        about={(run) => aboutRun(run, modelOf(run, catalogue))}
        ways={(run) => waysOf(modelOf(run, catalogue), catalogue)}
      />
      <List
        title="Features"
        view="features"
        entries={features}
        about={(entry) => aboutFeatures(entry, catalogue)}
      />
      <List
        title="Circuits"
        view="circuits"
        entries={circuits}
        about={({ prompt, model, nodes }) => `“${prompt}” · ${model} · ${nodes} nodes`}
      />
      <List title="Studies" view="studies" entries={studies} about={({ folder }) => folder} />
      <List title="Activations" entries={shards} about={({ folder }) => folder} />
    </main>
  );
}

function NothingFound({ folders }: { folders: readonly string[] }) {
  return (
    <main className="overview">
      <h1>Nothing found yet</h1>
      <p className="empty">
        There are no runs, visuals or circuits in {folders.join(', ')}. Train an autoencoder there
        with <code>saev train</code>, or run <code>saev demo</code> and open its folder with{' '}
        <code>saev serve demo-out</code>; this page finds what is new when it is loaded again.
      </p>
    </main>
  );
}

function List<E extends Entry>(props: {
  title: string;
  /** The view that shows one; absent where there is none. */
  view?: string;
  entries: readonly E[];
  about: (entry: E) => string;
  /** Other views that show something of one. */
  ways?: (entry: E) => ReactNode;
}) {
  const { title, view, entries, about, ways } = props;
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>
        {title} <span className="overview-count">{entries.length}</span>
      </h2>
      <ul>
        {entries.map((entry) => (
          <li key={entry.id}>
            {entry.fault === undefined && view !== undefined ? (
              <a href={hashOf(view, entry.id)}>{entry.title}</a>
            ) : (
              <b>{entry.title}</b>
            )}
            <span className="overview-about">{entry.fault ?? about(entry)}</span>
            {entry.fault === undefined && ways?.(entry)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function modelOf(run: RunSummary, { models }: Catalogue): ModelEntry | undefined {
  return models.find((model) => model.run === run.id && model.fault === undefined);
}

/** What a run is of. */
function aboutRun({ state, tag, folder }: RunSummary, model: ModelEntry | undefined): string {
  const of = model === undefined ? [folder] : [model.model, model.place, `${model.dSae} latents`];
  const parts = [...of, tag, state === 'finished' ? undefined : state];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** What else can be looked at of a run. */
function waysOf(model: ModelEntry | undefined, { abilities }: Catalogue): ReactNode {
  if (model === undefined) return null;
  const { id, title, features } = model;
  const links = [
    { label: 'features', hash: features === undefined ? undefined : hashOf('features', features) },
    {
      label: 'ask',
      hash: abilities.ask === true ? hashOf('ask', undefined, `model=${id}`) : undefined,
    },
    { label: 'edit', hash: abilities.edit === true ? hashOf('edit', id) : undefined },
  ];
  return (
    <span className="overview-ways">
      {links.map(
        ({ label, hash }) =>
          hash !== undefined && (
            <a key={label} href={hash} aria-label={`${label} of ${title}`}>
              {label}
            </a>
          ),
      )}
    </span>
  );
}
