import { useEffect, useMemo, useRef } from 'react';
import type { ScoreIsland } from '../../../src/pages/score-page.ts';
import { HelpButton } from '../shared/controls/help-dialog.tsx';
import { ThemeButton } from '../shared/controls/theme-button.tsx';
import { shortPath } from '../shared/format.ts';
import { usePage } from '../shared/page.tsx';
import { ConceptDetail } from './concept-detail.tsx';
import { ConceptList } from './concept-list.tsx';
import { MethodsTable } from './methods-table.tsx';
import { useScoreState } from './score-state.ts';
import { shownConcepts } from './shown.ts';
import './app.css';

/**
 * The whole page: what was scored, every concept, and the methods or the concept that is looked at. `isPart` where it is a
 * part of a larger page, which has a head and a choice of colours itself.
 */
export function App({ island, isPart = false }: { island: ScoreIsland; isPart?: boolean }) {
  const [state, change] = useScoreState();
  const shown = useMemo(() => shownConcepts(island.concepts, state), [island, state]);
  const concept = state.concept === undefined ? undefined : island.concepts[state.concept];
  const side = useRef<HTMLElement>(null);
  const move = (by: number): void => {
    const at = state.concept === undefined ? -1 : shown.indexOf(state.concept);
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next !== undefined) change({ concept: next });
  };
  const close = (): void => change({ concept: undefined });
  useEffect(() => {
    if (concept === undefined) return;
    // Where the concept stands above the list, opening one from far down would show nothing.
    if (matchMedia('(max-width: 820px)').matches) side.current?.scrollIntoView();
    else document.querySelector('tr[aria-current]')?.scrollIntoView({ block: 'nearest' });
    side.current?.scrollTo(0, 0);
  }, [concept]);
  const { search, openHelp, help } = usePage({
    shortcuts: [
      {
        keys: ['ArrowUp', 'ArrowDown'],
        meaning: 'the concept before, or after',
        run: (key) => move(key === 'ArrowUp' ? -1 : 1),
      },
      { keys: ['Escape'], meaning: 'close the concept', run: concept && close },
    ],
    searching: 'search; Enter opens the first concept',
    about: <About island={island} />,
  });
  // A page has one head; that of a larger page is above.
  const Head = isPart ? 'section' : 'header';
  return (
    <div className="score-page">
      <Head className="score-head" aria-label="What was scored">
        <h1>{island.title}</h1>
        <div className="score-buttons">
          {!isPart && <ThemeButton />}
          <HelpButton onClick={openHelp} />
        </div>
        <dl className="score-facts">
          {island.facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={text}>{shortPath(text)}</dd>
            </div>
          ))}
        </dl>
      </Head>
      <main className="score-main">
        <ConceptList {...{ island, state, change, shown }} searchRef={search} />
      </main>
      <aside className="score-side" ref={side} aria-label={concept ? 'Concept' : 'Methods'}>
        {concept === undefined ? (
          <MethodsTable island={island} />
        ) : (
          <ConceptDetail {...{ island, state, concept }} onClose={close} />
        )}
      </aside>
      {help}
    </div>
  );
}

function About({ island }: { island: ScoreIsland }) {
  return (
    <p>
      Each concept is told by single latents. They were chosen on one half of the examples; every
      score here is measured on the other half. AP is average precision, R the share of the
      uncertainty about the concept that a logistic probe on the latent takes away, F1 that of the
      latent above its threshold. A latent may tell a concept by being silent: its probe speaks
      against it. A concept is covered from AP {island.tau} on.
    </p>
  );
}
