import { useMemo, useRef, useState } from 'react';
import type { Catalogue, FeaturesEntry } from '../../../src/pages/catalogue.ts';
import { FEATURE_ROUTES, type PageIndex } from '../../../src/pages/feature-page.ts';
import { MARKS, marksPath } from '../../../src/pages/marks.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { App } from '../features/app.tsx';
import { checkIndex, type FeatureSource, type MarksKeeper } from '../features/feature-source.ts';
import { browserMarks } from '../features/marks/browser-marks.ts';
import { PageError } from '../shared/controls/page-error.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { hashOf } from './address.ts';
import { withEarlierPages } from './earlier-pages.ts';
import { Choice } from './lists/choice.tsx';
import type { ViewProps } from './view.ts';

/** The features of a page that the address names; without one, the pages to choose from. */
export function FeaturesView({ source, catalogue, id }: ViewProps) {
  const whole = catalogue.features.filter(({ fault }) => fault === undefined);
  const chosen = id ?? (whole.length === 1 ? whole[0]!.id : undefined);
  if (chosen === undefined) {
    return (
      <Choice
        view="features"
        title="Features"
        entries={catalogue.features}
        about={(entry) => aboutFeatures(entry, catalogue)}
        empty={
          <>
            There are no pages of features yet. Make one of a trained autoencoder with{' '}
            <code>saev visuals RUN</code>: it looks for the examples on which each latent fires
            most.
          </>
        }
      />
    );
  }
  return <Loading key={chosen} source={source} catalogue={catalogue} id={chosen} />;
}

function Loading({ source, catalogue, id }: ViewProps & { id: string }) {
  const loaded = useLoaded(id, () => source.get(FEATURE_ROUTES.index(id)).then(checkIndex));
  if (loaded === undefined) {
    return (
      <p className="waiting" role="status">
        Loading features…
      </p>
    );
  }
  if (loaded.error !== undefined) {
    return (
      <PageError title="These features cannot be shown">
        <p>{loaded.error}</p>
        <p>
          <a href={hashOf('features')}>All pages of features</a>
        </p>
      </PageError>
    );
  }
  return <Loaded source={source} catalogue={catalogue} id={id} index={loaded.value} />;
}

function Loaded(props: { source: PageSource; catalogue: Catalogue; id: string; index: PageIndex }) {
  const { source, catalogue, id } = props;
  // As it was when the page was opened.
  const [index] = useState(() => {
    const { features } = catalogue;
    const folder = features.find((each) => each.id === id)?.folder ?? '';
    return withEarlierPages(props.index, folder, features);
  });
  // A run that begins elsewhere leaves the page as it is.
  const now = useRef(catalogue);
  now.current = catalogue;
  const features = useMemo<FeatureSource>(
    () => ({
      index,
      loadChunk: (n) => source.get(FEATURE_ROUTES.chunk(id, n)),
      image: (example) => source.url(FEATURE_ROUTES.picture(id, example)),
      siblings: () => Promise.resolve(nearPages(now.current, id)),
      marks: marksOf(source, id, index.coder),
    }),
    [source, id, index],
  );
  return <App source={features} />;
}

/** Keeps marks beside the page where a server can; else in the browser, from those that were published on. */
function marksOf(source: PageSource, id: string, coder: string | undefined): MarksKeeper {
  const load = () => source.get(marksPath(id));
  if (source.kind !== 'server' || source.act === undefined)
    return browserMarks(`${decodeURIComponent(location.pathname)} ${id}`, coder, load);
  return {
    where: 'in marks.json beside the page',
    load,
    change: (changes) =>
      source.act!(MARKS, { features: id, ...(coder !== undefined && { coder }), changes }),
  };
}

/** The pages that can be shown in place of one. */
function nearPages(catalogue: Catalogue, id: string) {
  return catalogue.features
    .filter(({ fault }) => fault === undefined)
    .map((entry) => ({
      address: hashOf('features', entry.id),
      name: `${entry.title} (${aboutFeatures(entry, catalogue)})`,
      isHere: entry.id === id,
    }));
}

/** What tells a page from others of its title. */
export function aboutFeatures({ run, folder, title }: FeaturesEntry, { runs }: Catalogue): string {
  const of = runs.find((each) => each.id === run);
  if (of === undefined) return folder;
  const isInside = folder.startsWith(`${of.folder}/`);
  const below = isInside ? folder.slice(of.folder.length + 1) : folder;
  const named = of.tag === undefined ? of.title : `${of.title}, ${of.tag}`;
  return [named, below].filter((part) => part !== '' && part !== title).join(', ');
}
