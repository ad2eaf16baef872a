import type { ScoreConcept, ScoreIsland } from '../../../src/pages/score-page.ts';
import { formatCount, formatShare, formatValue } from '../shared/format.ts';
import { LatentLink } from './latent-link.tsx';
import { PrecisionRecall } from './precision-recall.tsx';
import { ScoreBar } from './score-bar.tsx';
import type { ScoreState } from './score-state.ts';
import { bestLatent, formatScore, MEASURE_NAMES } from './shown.ts';
import './concept-detail.css';

interface DetailProps {
  readonly island: ScoreIsland;
  readonly state: ScoreState;
  readonly concept: ScoreConcept;
  readonly onClose: () => void;
}

/** One concept: its precision–recall curve, its latents, and the best that other methods reach. */
export function ConceptDetail({ island, state, concept, onClose }: DetailProps) {
  const best = bestLatent(concept, state.measure);
  const { row } = island;
  const share = concept.positives / concept.rows;
  return (
    <section className="concept-detail" aria-labelledby="concept-title">
      <header>
        <div className="concept-head">
          <h2 id="concept-title">{concept.name}</h2>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
        <p>
          {concept.kind !== concept.name && `${concept.kind}, `}
          {formatCount(concept.positives)} of {formatCount(concept.rows)} {row.many} (
          {formatShare(share)})
        </p>
      </header>
      {best === undefined ? (
        <p className="empty">Not scored: {concept.skipped}.</p>
      ) : (
        <>
          <div>
            <PrecisionRecall concept={concept} best={best} />
            <p className="plot-note">
              Latent {formatCount(best.latent)} in front, the others behind; the dot is its
              threshold, the dashed line what chance gives.
            </p>
          </div>
          <Latents {...{ island, state, concept }} />
          {concept.others.length > 0 && <Methods {...{ island, state, concept }} />}
        </>
      )}
    </section>
  );
}

type PartProps = Omit<DetailProps, 'onClose'>;

function Latents({ island, state, concept }: PartProps) {
  const { measure } = state;
  const latents = [...concept.latents].sort((a, b) => b[measure] - a[measure]);
  return (
    <div>
      <h3>Latents</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
      <section className="latents-scroller" aria-label="Table of latents" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Latent</th>
              {(['averagePrecision', 'f1', 'probe'] as const).map((name) => (
                <th key={name} scope="col" className="number" title={MEASURE_NAMES[name].about}>
                  {MEASURE_NAMES[name].short}
                </th>
              ))}
              <th scope="col" className="number">
                Precision
              </th>
              <th scope="col" className="number">
                Recall
              </th>
              <th scope="col" className="number" title="The latent says yes from this value on">
                Threshold
              </th>
              <th
                scope="col"
                className="number"
                title={`Largest share of one concept among its ${island.k} highest ${island.row.many}`}
              >
                P@{island.k}
              </th>
            </tr>
          </thead>
          <tbody>
            {latents.map((latent) => (
              <tr
                key={latent.latent}
                data-best={latent.latent === concept.best?.[measure] || undefined}
              >
                <th scope="row">
                  <LatentLink features={island.features} latent={latent.latent} />
                  {latent.isAgainst && ' (against)'}
                </th>
                <td className="number">{formatScore(latent.averagePrecision)}</td>
                <td className="number">{formatScore(latent.f1)}</td>
                <td className="number">{formatScore(latent.probe)}</td>
                <td className="number">{formatScore(latent.precision)}</td>
                <td className="number">{formatScore(latent.recall)}</td>
                <td className="number">{formatValue(latent.threshold)}</td>
                <td className="number">{formatScore(latent.purity)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Methods({ island, state, concept }: PartProps) {
  const { measure } = state;
  const own = bestLatent(concept, measure)!;
  const [first, ...others] = island.methods;
  const lines = [
    { method: first!.method, value: own[measure] },
    ...others.map(({ method }, i) => ({ method, value: concept.others[i]![measure] })),
  ];
  const best = Math.max(...lines.map(({ value }) => value));
  return (
    <div>
      <h3>Best feature of each method, by {MEASURE_NAMES[measure].short}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">{MEASURE_NAMES[measure].short}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ method, value }) => (
            <tr key={method}>
              <th scope="row">{method}</th>
              <td>
                <ScoreBar value={value} isGood={value === best} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
