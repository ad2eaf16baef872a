import type { ScoreIsland, ScoreMethod } from '../../../src/pages/score-page.ts';
import { Scroller } from '../shared/controls/scroller.tsx';
import { formatCount, formatShare, formatValue } from '../shared/format.ts';
import { formatScore } from './shown.ts';
import './methods-table.css';

interface Column {
  readonly name: string;
  readonly about: string;
  readonly value: (method: ScoreMethod) => number;
  readonly text: (value: number) => string;
  /** Whether larger figures are better; undefined where neither is. */
  readonly isMore?: boolean;
}

function columnsOf({ k, tau, row }: ScoreIsland): Column[] {
  return [
    {
      name: 'Features',
      about: 'Width of the dictionary',
      value: (m) => m.width,
      text: formatCount,
    },
    {
      name: 'NMSE',
      about: 'Error of reconstruction as a share of the variance',
      value: (m) => m.normalizedMse,
      text: formatScore,
    },
    { name: 'L0', about: 'Features that fire at once', value: (m) => m.l0, text: formatValue },
    {
      name: 'Probe R',
      about: 'Share of the uncertainty about concepts that the best single feature takes away',
      value: (m) => m.probeR,
      text: formatScore,
      isMore: true,
    },
    {
      name: 'mAP',
      about: 'Mean average precision of those features',
      value: (m) => m.meanAveragePrecision,
      text: formatScore,
      isMore: true,
    },
    {
      name: `P@${k}`,
      about: `Purity: the largest share of one concept among the ${k} highest ${row.many} of those features`,
      value: (m) => m.purity,
      text: formatScore,
      isMore: true,
    },
    {
      name: `Cov@${tau}`,
      about: `Coverage: concepts whose feature reaches an average precision of ${tau}`,
      value: (m) => m.coverage,
      text: formatShare,
      isMore: true,
    },
    {
      name: 'F1',
      about: 'Mean F1 of the features that are best by it',
      value: (m) => m.meanF1,
      text: formatScore,
      isMore: true,
    },
  ];
}

/** The autoencoder and what it is compared with, over all concepts. */
export function MethodsTable({ island }: { island: ScoreIsland }) {
  const { methods } = island;
  const columns = columnsOf(island);
  // Where the methods stand above the concepts, they leave them the room.
  const hasRoom = matchMedia('(min-width: 821px)').matches;
  return (
    <section className="methods" aria-labelledby="methods-title">
      <h2 id="methods-title">Methods</h2>
      <p>
        Means over all concepts, each told by one feature. Choose a concept to see its curve, its
        latents and what other methods reach.
      </p>
      <Scroller className="methods-scroller" label="Table of methods">
        <table>
          <thead>
            <tr>
              <th scope="col">Method</th>
              {columns.map(({ name, about }) => (
                <th key={name} scope="col" className="number" title={about}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {methods.map((method) => (
              <tr key={method.method}>
                <th scope="row">{method.method}</th>
                {columns.map(({ name, value, text, isMore }) => {
                  const best = text(Math.max(...methods.map(value)));
                  const isBest = isMore && methods.length > 1 && text(value(method)) === best;
                  return (
                    <td key={name} className="number" data-best={isBest || undefined}>
                      {text(value(method))}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <details open={hasRoom}>
        <summary>What the columns say</summary>
        <dl>
          {columns.map(({ name, about }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{about}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
