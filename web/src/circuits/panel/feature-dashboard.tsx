import { useState } from 'react';
import { CIRCUIT_NAMES, type FeatureDetails } from '../../../../src/pages/circuit-page.ts';
import { formatShare, formatValue } from '../../shared/format.ts';
import { Histogram } from '../../shared/histogram.tsx';
import { takeIsland } from '../../shared/islands.ts';
import { showToken } from '../../shared/tokens.ts';
import { TokenExample } from './token-example.tsx';

const loaded = new Map<string, FeatureDetails | undefined>();

/** What a feature responds to and what it writes, wherever it fires. */
export function FeatureDashboard(props: {
  featureKey: string;
  isKnown: boolean;
  address: string | undefined;
}) {
  const { featureKey, isKnown, address } = props;
  const details = isKnown ? detailsOf(featureKey) : undefined;
  const link = address !== undefined && (
    <p className="dashboard-link">
      <a href={address} target="_blank" rel="noreferrer">
        Open feature {featureKey} on its own page
      </a>
    </p>
  );
  if (details === undefined) {
    return (
      <>
        <p className="empty-note">This page holds no examples of feature {featureKey}.</p>
        {link}
      </>
    );
  }
  const { act_max: most, activation_frequency: frequency } = details;
  return (
    <div className="dashboard">
      {link}
      <dl className="node-facts">
        {frequency != null && (
          <div>
            <dt>Fires at</dt>
            <dd>{formatShare(frequency)} of tokens</dd>
          </div>
        )}
        {most !== undefined && (
          <div>
            <dt>Largest activation</dt>
            <dd>{formatValue(most)}</dd>
          </div>
        )}
      </dl>
      <Spread details={details} />
      <div className="logit-lists">
        <LogitList name="Raises" tokens={details.top_logits} />
        <LogitList name="Lowers" tokens={details.bottom_logits} />
      </div>
      <Examples details={details} />
    </div>
  );
}

function Spread({ details }: { details: FeatureDetails }) {
  const { histogram, act_min: low = 0, act_max: high } = details;
  if (histogram === undefined || histogram.length === 0 || high === undefined || high <= low) {
    return null;
  }
  const edges = Array.from(
    { length: histogram.length + 1 },
    (_, i) => low + ((high - low) * i) / histogram.length,
  );
  return (
    <figure className="spread">
      <Histogram
        counts={histogram}
        edges={edges}
        marks={[]}
        ticks={{
          place: ([from, to]) => [0.1, 0.5, 0.9].map((part) => from + (to - from) * part),
          format: formatValue,
        }}
      />
      <figcaption>Activations</figcaption>
    </figure>
  );
}

function LogitList({ name, tokens = [] }: { name: string; tokens?: readonly string[] }) {
  if (tokens.length === 0) return null;
  return (
    <section>
      <h3>{name}</h3>
      <ol>
        {tokens.map((token, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={i} className="token">
            {showToken(token)}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Examples of one band of activations at a time. */
function Examples({ details }: { details: FeatureDetails }) {
  const [chosen, choose] = useState(0);
  const bands = details.examples_quantiles;
  const band = bands[chosen];
  if (band === undefined) return <p className="empty-note">There are no examples.</p>;
  const largest =
    details.act_max ??
    Math.max(
      ...bands.flatMap(({ examples }) => examples.flatMap(({ tokens_acts_list: acts }) => acts)),
      0,
    );
  return (
    <section className="token-examples">
      <h3>Examples</h3>
      {bands.length > 1 && (
        <label>
          Band{' '}
          <select value={chosen} onChange={(event) => choose(Number(event.target.value))}>
            {bands.map(({ quantile_name: name }, i) => (
              <option key={name} value={i}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <ol>
        {band.examples.map((example, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <li key={i}>
            <TokenExample
              tokens={example.tokens}
              activations={example.tokens_acts_list}
              largest={largest}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

function detailsOf(key: string): FeatureDetails | undefined {
  if (!loaded.has(key)) loaded.set(key, takeIsland(CIRCUIT_NAMES.feature(key)));
  return loaded.get(key);
}

/** Address of a feature on its own page; undefined when the graph names no page, or one outside its folder's kind. */
export function dashboardAddress(
  template: string | undefined,
  featureKey: string | undefined,
): string | undefined {
  if (template === undefined || featureKey === undefined) return undefined;
  const [layer, index] = featureKey.split('/');
  const address = template.replaceAll('{layer}', layer!);
  if (/^\s*([a-z][a-z0-9+.-]*:|[/\\])/i.test(address)) return undefined;
  return `${address}#f=${index}`;
}
