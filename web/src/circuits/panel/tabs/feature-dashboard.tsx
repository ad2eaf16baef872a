import { useEffect, useMemo, useState } from 'react';
import type { FeatureDetails } from '../../../../../src/pages/circuit-page.ts';
import { TokenSpan } from '../../../examples/token-span.tsx';
import { formatShare, formatValue } from '../../../shared/format.ts';
import { Spread } from '../../../shared/histogram.tsx';
import { showToken } from '../../../shared/tokens.ts';
import type { CircuitSource } from '../../circuit-source.ts';
import { Facts } from '../../parts/facts.tsx';
import type { NodeTab, TabProps } from './tab.ts';
import '../../parts/prompt-tokens.css';
import './feature-dashboard.css';

/** What a feature responds to and what it writes, wherever it fires. */
function FeatureDashboard({ node, source, dashboard: address }: TabProps) {
  const key = node.featureKey!;
  const { details, isWaiting, error } = useDetails(source, key);
  const link = address !== undefined && (
    <p className="dashboard-link">
      <a href={address} target="_blank" rel="noreferrer">
        Open feature {key} on its own page
      </a>
    </p>
  );
  if (details === undefined) {
    return (
      <>
        {isWaiting ? (
          <p className="empty-note" role="status">
            Reading feature {key} …
          </p>
        ) : (
          <p className="empty-note" role={error && 'alert'}>
            {error === undefined
              ? `This page holds no examples of feature ${key}.`
              : `Feature ${key} cannot be shown: ${error}`}
          </p>
        )}
        {link}
      </>
    );
  }
  const { act_min: least = 0, act_max: most, activation_frequency: frequency } = details;
  return (
    <div className="dashboard">
      {link}
      <Facts
        facts={[
          ['Fires at', frequency == null ? undefined : `${formatShare(frequency)} of tokens`],
          ['Largest activation', most === undefined ? undefined : formatValue(most)],
        ]}
      />
      {most !== undefined && (
        <Spread counts={details.histogram ?? []} range={[least, most]}>
          Activations
        </Spread>
      )}
      <div className="logit-lists">
        <LogitList name="Raises" tokens={details.top_logits} />
        <LogitList name="Lowers" tokens={details.bottom_logits} />
      </div>
      <Examples key={key} details={details} />
    </div>
  );
}

export const FEATURE: NodeTab = {
  name: 'feature',
  title: () => 'Feature',
  isFor: ({ featureKey }) => featureKey !== undefined,
  Tab: FeatureDashboard,
};

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

const NONE: ReadonlySet<string> = new Set();

/** A text whose tokens are tinted by how strongly a feature fires there. */
function TokenExample(props: {
  tokens: readonly string[];
  activations: readonly number[];
  /** Activation of the full tint. */
  largest: number;
}) {
  const { tokens, activations, largest } = props;
  const peak = activations.indexOf(Math.max(...activations));
  return (
    <p className="token-example">
      {tokens.map((text, i) => (
        <TokenSpan
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
          key={i}
          token={{ text, value: Math.max(0, activations[i] ?? 0) }}
          isPeak={i === peak && (activations[i] ?? 0) > 0}
          tint={{ upper: largest, opacity: 1, special: NONE }}
        />
      ))}
    </p>
  );
}

interface Details {
  readonly details?: FeatureDetails | undefined;
  readonly isWaiting?: boolean;
  readonly error?: string;
}

/** What a source knows of a feature: at once, after a while, or why not. */
function useDetails(source: CircuitSource, key: string): Details {
  const given = useMemo(
    () => (source.features.has(key) ? source.feature(key) : undefined),
    [source, key],
  );
  const [come, setCome] = useState<Details & { given: typeof given }>();
  useEffect(() => {
    if (!(given instanceof Promise)) return;
    let isWanted = true;
    const take = (details: Details): void => {
      if (isWanted) setCome({ ...details, given });
    };
    given.then(
      (details) => take({ details }),
      (error: Error) => take({ error: error.message }),
    );
    return () => {
      isWanted = false;
    };
  }, [given]);
  if (!(given instanceof Promise)) return { details: given };
  return come?.given === given ? come : { isWaiting: true };
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
