import { formatCount } from '../../shared/format.ts';
import { addressOf, DEFAULT_STATE } from '../view-state.ts';
import type { View, ViewProps } from './view.ts';
import './concept-table.css';

const GOOD = 0.8;

/** For each concept of the data, the latent that tells it best, and how well. */
function ConceptTable({ index }: ViewProps) {
  const concepts = [...(index.concepts ?? [])].sort((a, b) => b.f1 - a.f1);
  const known = new Set(index.features.latent);
  const good = concepts.filter(({ f1 }) => f1 >= GOOD).length;
  return (
    <section className="concepts" aria-labelledby="concepts-title">
      <h2 id="concepts-title">Concepts</h2>
      <p>
        {formatCount(good)} of {formatCount(concepts.length)} concepts have a latent that tells
        their {index.token.many} from all others with F1 ≥ {GOOD}.
      </p>
      <div className="table-scroller">
        <table>
          <thead>
            <tr>
              <th scope="col">Concept</th>
              <th scope="col">Best latent</th>
              <th scope="col">F1</th>
              <th scope="col" className="number">
                Precision
              </th>
              <th scope="col" className="number">
                Recall
              </th>
            </tr>
          </thead>
          <tbody>
            {concepts.map(({ concept, latent, f1, precision, recall }) => (
              <tr key={concept}>
                <th scope="row">{concept}</th>
                <td>
                  {known.has(latent) ? (
                    <a href={addressOf({ ...DEFAULT_STATE, latent })}>{formatCount(latent)}</a>
                  ) : (
                    formatCount(latent)
                  )}
                </td>
                <td>
                  <span className="bar-cell" data-good={f1 >= GOOD || undefined}>
                    <span style={{ width: `${f1 * 100}%` }} />
                    <b>{f1.toFixed(2)}</b>
                  </span>
                </td>
                <td className="number">{precision.toFixed(2)}</td>
                <td className="number">{recall.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export const CONCEPTS: View = {
  name: 'concepts',
  title: 'Concepts',
  key: 'c',
  isFor: ({ concepts }) => concepts !== undefined,
  View: ConceptTable,
};
