import { type RefObject, useState } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { HelpButton } from '../../shared/controls/help-dialog.tsx';
import { SearchField } from '../../shared/controls/search-field.tsx';
import { Segments } from '../../shared/controls/segments.tsx';
import { ThemeButton } from '../../shared/controls/theme-button.tsx';
import { formatCount, shortPath } from '../../shared/format.ts';
import { MarksPanel } from '../marks/marks-panel.tsx';
import { type ChangeView, DEFAULT_STATE, type Sort, type ViewState } from '../view-state.ts';
import { LatentSpreads } from './latent-spreads.tsx';
import { PageChoice } from './page-choice.tsx';
import { RangeFields } from './range-fields.tsx';
import { ScatterPlot } from './scatter-plot.tsx';
import './sidebar.css';

const SORT_NAMES: Record<Sort, string> = {
  frequency: 'Frequency',
  value: 'Value',
  index: 'Index',
  f1: 'Concept F1',
};

/** What the page is about, and which features to list in which order. */
export function Sidebar(props: {
  index: PageIndex;
  state: ViewState;
  change: ChangeView;
  listed: Uint32Array;
  current: number;
  searchRef: RefObject<HTMLInputElement | null>;
  /** Called at Enter in the search. */
  onEnter: () => void;
  onHelp: () => void;
}) {
  const { index, state, change, listed, current, searchRef, onEnter, onHelp } = props;
  const [panelOpen, setPanelOpen] = useState(false);
  const sorts = (Object.keys(SORT_NAMES) as Sort[]).filter(
    (sort) => sort !== 'f1' || index.concepts !== undefined,
  );
  const isFiltered = state.frequency !== undefined || state.value !== undefined || state.bookmarked;
  return (
    <aside className="sidebar">
      <header className="brand">
        <h1>{index.title}</h1>
        <ThemeButton />
        <HelpButton onClick={onHelp} />
        <p>
          {formatCount(index.features.latent.length)} of {formatCount(index.dSae)} latents
          {index.nDead > 0 && <>, {formatCount(index.nDead)} never fire</>}
        </p>
        <PageChoice />
      </header>
      <div className="find">
        <SearchField
          fieldRef={searchRef}
          name={searchName(index)}
          placeholder={index.modality === 'text' ? 'Index, token…' : 'Index, label…'}
          query={state.query}
          onChange={(query) => change({ query })}
          onEnter={onEnter}
        />
        <button
          type="button"
          className="panel-switch"
          aria-expanded={panelOpen}
          aria-controls="panel"
          onClick={() => setPanelOpen(!panelOpen)}
        >
          Filter{isFiltered && ' ●'}
        </button>
      </div>
      <div id="panel" className="panel" data-open={panelOpen || undefined}>
        <div className="sort">
          <p>Sort by</p>
          <Segments name="Sort by">
            {sorts.map((sort) => (
              <button
                key={sort}
                type="button"
                aria-pressed={state.sort === sort}
                onClick={() =>
                  change(
                    state.sort === sort
                      ? { descending: !state.descending }
                      : { sort, descending: sort !== 'index' },
                  )
                }
              >
                {SORT_NAMES[sort]}
                {state.sort === sort && (
                  <span role="img" aria-label={state.descending ? 'descending' : 'ascending'}>
                    {state.descending ? ' ↓' : ' ↑'}
                  </span>
                )}
              </button>
            ))}
          </Segments>
        </div>
        <MarksPanel state={state} change={change} />
        <ScatterPlot
          index={index}
          state={state}
          change={change}
          listed={listed}
          current={current}
        />
        <div className="filter-line">
          <span role="status">{countsOf(listed.length, index.features.latent.length)}</span>
          <button
            type="button"
            className="quiet"
            hidden={!isFiltered}
            onClick={() =>
              change({
                frequency: DEFAULT_STATE.frequency,
                value: DEFAULT_STATE.value,
                bookmarked: false,
              })
            }
          >
            Clear
          </button>
        </div>
        <RangeFields state={state} change={change} />
        <LatentSpreads index={index} listed={listed} />
        <dl className="facts">
          {index.facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={text}>{shortPath(text)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </aside>
  );
}

/** How many features are listed, and how many a search or a rectangle hides. */
function countsOf(shown: number, all: number): string {
  if (shown === all) return 'Drag to filter, click to open';
  return `Shown ${formatCount(shown)}, filtered ${formatCount(all - shown)}`;
}

function searchName({ modality, concepts }: PageIndex): string {
  if (modality === 'text') return 'Search by index or token';
  return concepts === undefined ? 'Search by index or label' : 'Search by index, label or concept';
}
