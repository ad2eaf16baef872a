import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { PageIndex } from '../../../src/pages/feature-page.ts';
import { useKeys } from '../shared/shortcuts.ts';
import { FeatureView } from './feature/feature-view.tsx';
import { FeatureHelp } from './feature-help.tsx';
import { conceptsByLatent, listFeatures } from './order.ts';
import { FeatureGrid } from './overview/feature-grid.tsx';
import { Sidebar } from './sidebar/sidebar.tsx';
import { Toolbar } from './toolbar.tsx';
import { useViewState } from './view-state.ts';
import { ConceptTable } from './views/concept-table.tsx';

/** The whole page: controls at the side; the overview, one feature, or the concepts beside them. */
export function App({ index }: { index: PageIndex }) {
  const [state, change] = useViewState();
  const [helpOpen, setHelpOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const concepts = useMemo(() => conceptsByLatent(index.concepts), [index]);
  const { query, frequency, value, sort, descending } = state;
  const listed = useDeferredValue(
    useMemo(
      () => listFeatures(index.features, concepts, { query, frequency, value, sort, descending }),
      [index, concepts, query, frequency, value, sort, descending],
    ),
  );
  const latents = index.features.latent;
  const current = state.latent === undefined ? -1 : latents.indexOf(state.latent);
  const place = listed.indexOf(current);
  const lastViewed = useRef(-1);
  if (current >= 0) lastViewed.current = current;

  const step = (by: number): void => {
    if (listed.length === 0) return;
    const from = place < 0 ? (by > 0 ? -1 : listed.length) : place;
    const to = Math.max(0, Math.min(listed.length - 1, from + by));
    change({ latent: latents[listed[to]!]! });
  };
  const next = (): void => step(1);
  const previous = (): void => step(-1);
  const back = (): void => change({ latent: undefined, view: 'features' });
  const isFeature = state.latent !== undefined;

  useKeys({
    '/': () => {
      search.current?.focus();
      search.current?.select();
    },
    '?': () => setHelpOpen(true),
    h: () => change({ heat: !state.heat }),
    c: () =>
      index.concepts !== undefined &&
      change({ view: state.view === 'concepts' ? 'features' : 'concepts', latent: undefined }),
    ...(isFeature && {
      j: next,
      k: previous,
      ArrowRight: next,
      ArrowLeft: previous,
    }),
    ...((isFeature || state.view === 'concepts') && { Escape: back }),
  });

  return (
    <div className="page" data-detail={isFeature || undefined}>
      <Sidebar
        index={index}
        state={state}
        change={change}
        listed={listed}
        current={current}
        searchRef={search}
        onHelp={() => setHelpOpen(true)}
      />
      <main className="main">
        <Toolbar
          index={index}
          state={state}
          change={change}
          count={listed.length}
          place={place}
          onStep={step}
          onBack={back}
        />
        {isFeature ? (
          <FeatureView
            key={state.latent}
            index={index}
            position={current}
            neighbours={[listed[place + 1], listed[place - 1]]}
            state={state}
            concepts={concepts}
          />
        ) : state.view === 'concepts' ? (
          <ConceptTable index={index} />
        ) : (
          <FeatureGrid
            index={index}
            listed={listed}
            lastViewed={lastViewed.current}
            state={state}
            change={change}
            concepts={concepts}
          />
        )}
      </main>
      {helpOpen && <FeatureHelp onClose={() => setHelpOpen(false)} />}
    </div>
  );
}
