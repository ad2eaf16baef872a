import type { TokenTable, Weighted } from '../../../../../src/pages/feature-page.ts';
import { formatValue } from '../../../shared/format.ts';
import './weight-table.css';

/** Both ends of a vector beside each other, each weight with a bar. */
export function WeightTable(props: {
  table: TokenTable;
  nameOf: (index: number) => string;
  /** Where an entry leads. */
  addressOf?: ((index: number) => string) | undefined;
}) {
  const { table, ...rest } = props;
  const { top, bottom } = table;
  const largest = Math.max(...[...top, ...bottom].map(([, weight]) => Math.abs(weight)));
  return (
    <div className="weight-table">
      <WeightList entries={top} largest={largest} {...rest} />
      <WeightList entries={bottom} largest={largest} {...rest} />
    </div>
  );
}

/** One end of a vector, each weight with a bar. */
export function WeightList(props: {
  entries: readonly Weighted[];
  largest: number;
  nameOf: (index: number) => string;
  addressOf?: ((index: number) => string | undefined) | undefined;
}) {
  const { entries, largest, nameOf, addressOf } = props;
  return (
    <ol className="weights">
      {entries.map(([index, weight]) => (
        <li key={index} data-sign={weight < 0 ? 'negative' : 'positive'}>
          <span
            className="weight-bar"
            style={{ width: `${largest > 0 ? (100 * Math.abs(weight)) / largest : 0}%` }}
          />
          <span className="weight-name">
            <Name name={nameOf(index)} address={addressOf?.(index)} />
          </span>
          <span className="weight">{formatValue(weight)}</span>
        </li>
      ))}
    </ol>
  );
}

function Name({ name, address }: { name: string; address: string | undefined }) {
  return address === undefined ? name : <a href={address}>{name}</a>;
}
