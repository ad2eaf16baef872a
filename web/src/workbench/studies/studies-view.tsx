import { useMemo } from 'react';
import type { ScoreIsland } from '../../../../src/pages/score-page.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { STUDY_ROUTES, type StudyPage } from '../../../../src/pages/study-page.ts';
import { App as ScoresApp } from '../../scores/app.tsx';
import { PageError } from '../../shared/controls/page-error.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { hashOf } from '../address.ts';
import { Choice } from '../lists/choice.tsx';
import type { ViewProps } from '../view.ts';
import { StudyTableView } from './study-table.tsx';
import './studies-view.css';

/** The results of the study that the address names; without one, the studies to choose from. */
export function StudiesView({ source, catalogue, id }: ViewProps) {
  if (id === undefined) {
    return (
      <Choice
        view="studies"
        title="Studies"
        entries={catalogue.studies}
        about={({ kind, folder }) => `saev ${kind}, ${folder}`}
        empty={
          <>
            There are no results of studies yet. <code>saev score RUN</code> measures how well
            latents tell labelled concepts; <code>saev classify</code>, <code>saev semseg</code> and{' '}
            <code>saev semprobe</code> leave results that are shown here, too.
          </>
        }
      />
    );
  }
  const entry = catalogue.studies.find((each) => each.id === id);
  return <Study key={id} source={source} id={id} folder={entry?.folder} />;
}

function Study(props: { source: PageSource; id: string; folder: string | undefined }) {
  const { source, id, folder } = props;
  const loaded = useLoaded(id, () => source.get(STUDY_ROUTES.page(id)));
  if (loaded === undefined) return <Waiting />;
  if (loaded.error !== undefined) return <Trouble error={loaded.error} />;
  const page = loaded.value;
  if (page.hasScores) return <Scores source={source} id={id} page={page} />;
  return (
    <main className="study">
      <p className="study-back">
        <a href={hashOf('studies')}>← All studies</a>
      </p>
      <h1>{page.label}</h1>
      <p className="study-count">{folder}</p>
      {page.pictures.map(({ name, title }) => (
        <figure key={name} className="study-picture">
          <figcaption>{title}</figcaption>
          <img src={source.url(STUDY_ROUTES.picture(id, name))} alt={title} loading="lazy" />
        </figure>
      ))}
      {page.tables.map((table) => (
        <StudyTableView key={table.file} table={table} features={page.features} />
      ))}
    </main>
  );
}

/** Concepts with their scores, on the page that also stands alone. */
function Scores({ source, id, page }: { source: PageSource; id: string; page: StudyPage }) {
  const loaded = useLoaded(id, () => source.get(STUDY_ROUTES.scores(id)));
  const found = loaded?.value;
  const island = useMemo<ScoreIsland | undefined>(() => {
    if (found === undefined) return undefined;
    const { features: _, ...scores } = found;
    return page.features === undefined
      ? scores
      : { ...scores, features: hashOf('features', page.features) };
  }, [found, page]);
  if (loaded?.error !== undefined) return <Trouble error={loaded.error} />;
  return island === undefined ? <Waiting /> : <ScoresApp island={island} isPart />;
}

function Waiting() {
  return (
    <p className="waiting" role="status">
      Loading results…
    </p>
  );
}

function Trouble({ error }: { error: string }) {
  return (
    <PageError title="These results cannot be shown">
      <p>{error}</p>
      <p>
        <a href={hashOf('studies')}>All studies</a>
      </p>
    </PageError>
  );
}
