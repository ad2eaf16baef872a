import type { RefObject } from 'react';
import type { ScoreConcept, ScoreIsland } from '../../../src/pages/score-page.ts';
import { SearchField } from '../shared/controls/search-field.tsx';
import { Segments } from '../shared/controls/segments.tsx';
import { formatCount } from '../shared/format.ts';
import { LatentLink } from './latent-link.tsx';
import { ScoreBar } from './score-bar.tsx';
import { type ChangeScores, MEASURES, type ScoreState, type Sort } from './score-state.ts';
import { bestLatent, MEASURE_NAMES } from './shown.ts';
import './concept-list.css';

interface ListProps {
  readonly island: ScoreIsland;
  readonly state: ScoreState;
  readonly change: ChangeScores;
  /** Places of the concepts, in order. */
  readonly shown: readonly number[];
  readonly searchRef: RefObject<HTMLInputElement | null>;
}

/** Every concept with its best latent: to be searched, filtered, sorted, and opened. */
export function ConceptList({ island, state, change, shown, searchRef }: ListProps) {
  const { concepts } = island;
  const { short } = MEASURE_NAMES[state.measure];
  const kinds = [...new Set(concepts.map(({ kind }) => kind))];
  return (
    <section className="concept-list" aria-label="Concepts">
      <div className="concept-tools">
        <SearchField
          fieldRef={searchRef}
          name="Search concepts"
          placeholder="Search concepts"
          query={state.query}
          onChange={(query) => change({ query })}
          onEnter={() => shown.length > 0 && change({ concept: shown[0] })}
        />
        {kinds.length > 1 && (
          <select
            aria-label="Kind"
            value={state.kind}
            onChange={(event) => change({ kind: event.target.value })}
          >
            <option value="">All kinds</option>
            {kinds.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
        )}
        <Segments name="Best latent by">
          {MEASURES.map((measure) => (
            <button
              key={measure}
              type="button"
              title={MEASURE_NAMES[measure].about}
              aria-pressed={measure === state.measure}
              onClick={() => change({ measure })}
            >
              {MEASURE_NAMES[measure].short}
            </button>
          ))}
        </Segments>
      </div>
      <p className="concept-count" aria-live="polite">
        {formatCount(shown.length)} of {formatCount(concepts.length)} concepts, each with the latent
        that is best by {short}
      </p>
      {shown.length === 0 ? (
        <div className="empty">
          <p>No concept fits.</p>
          <button type="button" onClick={() => change({ query: '', kind: '' })}>
            Show all
          </button>
        </div>
      ) : (
        <table>
          <thead>
            <tr>
              <SortHead {...{ state, change }} sort="name">
                Concept
              </SortHead>
              <th scope="col">Latent</th>
              <SortHead {...{ state, change }} sort="score">
                {short}
              </SortHead>
              <SortHead {...{ state, change }} sort="positives" isNumber>
                {island.row.many[0]!.toUpperCase() + island.row.many.slice(1)}
              </SortHead>
            </tr>
          </thead>
          <tbody>
            {shown.map((place) => (
              <ConceptRow key={place} {...{ island, state, change, place }} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function SortHead(props: {
  state: ScoreState;
  change: ChangeScores;
  sort: Sort;
  isNumber?: boolean;
  children: string;
}) {
  const { state, change, sort, isNumber, children } = props;
  const isSorted = state.sort === sort;
  const order = state.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      className={isNumber ? 'number' : undefined}
      aria-sort={isSorted ? order : undefined}
    >
      <button
        type="button"
        onClick={() => change({ sort, descending: isSorted ? !state.descending : sort !== 'name' })}
      >
        {children}
        {isSorted && <span aria-hidden="true">{state.descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}

function ConceptRow(props: {
  island: ScoreIsland;
  state: ScoreState;
  change: ChangeScores;
  place: number;
}) {
  const { island, state, change, place } = props;
  const concept: ScoreConcept = island.concepts[place]!;
  const best = bestLatent(concept, state.measure);
  const open = (): void => change({ concept: place });
  return (
    <tr
      aria-current={place === state.concept || undefined}
      onClick={(event) => (event.target as Element).closest('a') === null && open()}
    >
      <th scope="row">
        <button type="button">{concept.name}</button>
        {concept.kind !== concept.name && <small>{concept.kind}</small>}
      </th>
      {best === undefined ? (
        <td colSpan={2} className="skipped">
          {concept.skipped ?? 'not scored'}
        </td>
      ) : (
        <>
          <td>
            <LatentLink features={island.features} latent={best.latent} />
          </td>
          <td>
            <ScoreBar
              value={best[state.measure]}
              isGood={
                best[state.measure] >= (state.measure === 'averagePrecision' ? island.tau : 0.5)
              }
            />
          </td>
        </>
      )}
      <td className="number">{formatCount(concept.positives)}</td>
    </tr>
  );
}
