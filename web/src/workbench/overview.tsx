import type { ReactNode } from 'react';
import type { Catalogue, Entry, ModelEntry, RunSummary } from '../../../src/pages/catalogue.ts';
import { formatCount } from '../shared/format.ts';
import { hashOf } from './address.ts';
import { aboutFeatures } from './features-view.tsx';
import { EntryList, folderOf } from './lists/entry-list.tsx';
import type { ViewProps } from './view.ts';
import './lists/choice.css';
import './overview.css';

/** Everything that was found, by kind, each with what it is and the ways to it. */
export function Overview({ source, catalogue }: ViewProps) {
  const { runs, features, circuits, studies, shards } = catalogue;
  if ([runs, features, circuits, studies, shards].every(({ length }) => length === 0))
    return <NothingFound folders={catalogue.folders} isServed={source.kind === 'server'} />;
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
      <List
        title="Studies"
        view="studies"
        entries={studies}
        about={(study) => [`saev ${study.kind}`, folderOf(study)].filter(Boolean).join(' · ')}
      />
      <List title="Activations" entries={shards} about={folderOf} />
    </main>
  );
}

function NothingFound({ folders, isServed }: { folders: readonly string[]; isServed: boolean }) {
  return (
    <main className="overview">
      <h1>Nothing found yet</h1>
      <p className="empty">
        There are no runs, visuals or circuits in {folders.join(', ')}. Train an autoencoder there
        with <code>saev train</code>, or run <code>saev demo</code> and open its folder with{' '}
        <code>saev serve demo-out</code>
        {isServed
          ? '; runs appear here as soon as they have begun, what is made of them when this page is loaded again.'
          : '.'}
      </p>
    </main>
  );
}

/** As many are named here; the view of their kind has them all. */
const MOST = 12;

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
        {title} <span className="choice-count">{formatCount(entries.length)}</span>
      </h2>
      <EntryList {...{ view, about, ways }} entries={entries.slice(0, MOST)} />
      {entries.length > MOST && (
        <p className="overview-more">
          {view === undefined ? (
            `and ${formatCount(entries.length - MOST)} more`
          ) : (
            <a href={hashOf(view)}>
              All {formatCount(entries.length)} {title.toLowerCase()}
            </a>
          )}
        </p>
      )}
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
