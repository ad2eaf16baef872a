import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { usePage } from '../shared/page.tsx';
import { FeatureView } from './feature/feature-view.tsx';
import { type FeatureSource, SourceProvider } from './feature-source.ts';
import { listWithMarks } from './marks/list-with-marks.ts';
import { toggledBookmark } from './marks/star.tsx';
import { MarksProvider, useMarks } from './marks/use-marks.tsx';
import { conceptsByLatent, featureLister } from './order.ts';
import { FeatureGrid } from './overview/feature-grid.tsx';
import { ABOUT, shortcutsOf } from './shortcuts.tsx';
import { Sidebar } from './sidebar/sidebar.tsx';
import { Toolbar } from './toolbar.tsx';
import { useViewState } from './view-state.ts';
import { viewsOf } from './views/views.ts';
import './app.css';

/**
 * The whole page over what `source` gives: controls at the side; the overview, one feature, or another view beside them.
 * Its address is its state: another source in its place is another page, whose parts begin anew.
 */
export function App({ source }: { source: FeatureSource }) {
  return (
    <SourceProvider key={keyOf(source)} value={source}>
      <MarksProvider>
        <FeaturePage source={source} />
      </MarksProvider>
    </SourceProvider>
  );
}

const keys = new WeakMap<FeatureSource, number>();
let nSources = 0;

function keyOf(source: FeatureSource): number {
  const key = keys.get(source) ?? ++nSources;
  keys.set(source, key);
  return key;
}

function FeaturePage({ source }: { source: FeatureSource }) {
  const { index } = source;
  const [state, change] = useViewState();
  const concepts = useMemo(() => conceptsByLatent(index.concepts), [index]);
  const list = useMemo(() => featureLister(index.features, concepts), [index, concepts]);
  const { query, bookmarked, frequency, value, sort, descending } = state;
  const { marks, change: changeMarks } = useMarks();
  const latents = index.features.latent;
  const filter = useMemo(
    () => ({ query, bookmarked, frequency, value, sort, descending }),
    [query, bookmarked, frequency, value, sort, descending],
  );
  const listedNow = useMemo(
    () => listWithMarks(list, latents, marks.features, filter),
    [list, latents, marks, filter],
  );
  const now = useMemo(() => ({ state, filter, listed: listedNow }), [state, filter, listedNow]);
  // What is typed and drawn shows at once, the list and its cards as soon as there is time.
  const shown = useDeferredValue(now);
  const { listed } = shown;
  const current = state.latent === undefined ? -1 : latents.indexOf(state.latent);
  const place = listed.indexOf(current);
  // Of a feature that has left the list, when its star was taken away, say: the next one is where it was.
  const lastPlace = useRef(0);
  if (place >= 0) lastPlace.current = place;
  const [lastViewed, setLastViewed] = useState(current);
  if (current >= 0 && current !== lastViewed) setLastViewed(current);
  const leftAt = useRef(0);

  /** Look at the feature of a place in the list; behind the last comes the first. */
  const goTo = (to: number): void => {
    const feature = listed.at(to % listed.length);
    if (feature !== undefined) change({ latent: latents[feature]! });
  };
  const step = (by: number): void =>
    goTo(place < 0 ? lastPlace.current + (by > 0 ? 0 : -1) : place + by);
  /** Look at the first of what is asked for now, whatever is drawn yet. */
  const openFirst = (): void => {
    const first = listedNow[0];
    if (first !== undefined) change({ latent: latents[first]!, view: 'features' });
  };
  const back = (): void => change({ latent: undefined, view: 'features' });
  const bookmark = (): void => {
    const latent = current < 0 ? undefined : latents[current];
    if (latent === undefined) return;
    changeMarks([toggledBookmark(latent, marks.features[latent]?.bookmarked === true)]);
  };
  const { search, openHelp, help } = usePage({
    shortcuts: shortcutsOf({ index, state, change, step, back, bookmark }),
    searching: 'search; Enter opens the first found',
    about: ABOUT,
  });
  const isFeature = state.latent !== undefined;
  const views = viewsOf(index);
  const view = views.find(({ name }) => name === state.view);

  return (
    <div className="page" data-detail={isFeature || undefined}>
      <Sidebar
        index={index}
        state={state}
        change={change}
        listed={listed}
        current={current}
        searchRef={search}
        onEnter={openFirst}
        onHelp={openHelp}
      />
      <main className="main">
        <Toolbar
          index={index}
          state={state}
          change={change}
          views={views}
          view={view}
          count={listed.length}
          place={place}
          onStep={step}
          onPlace={goTo}
          onBack={back}
        />
        {isFeature ? (
          <FeatureView
            key={state.latent}
            index={index}
            position={current}
            neighbours={[listed[(place + 1) % listed.length], listed.at(place - 1)]}
            state={state}
            change={change}
            concepts={concepts}
          />
        ) : view !== undefined ? (
          <view.View
            index={index}
            state={state}
            change={change}
            listed={listed}
            lastViewed={lastViewed}
          />
        ) : (
          <FeatureGrid
            index={index}
            listed={listed}
            lastViewed={lastViewed}
            filter={shown.filter}
            lastPlace={lastPlace.current}
            leftAt={leftAt}
            state={shown.state}
            change={change}
            concepts={concepts}
          />
        )}
      </main>
      {help}
    </div>
  );
}
