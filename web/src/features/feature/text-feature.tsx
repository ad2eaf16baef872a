import type { TextFeature, TextPageIndex } from '../../../../src/pages/feature-page.ts';
import { TextExamples } from '../../examples/text-examples.tsx';
import { tintOf } from '../../examples/token-span.tsx';
import { formatValue } from '../../shared/format.ts';
import { Histogram } from '../../shared/histogram.tsx';
import { showToken } from '../../shared/tokens.ts';
import { isLoaded, useFeature } from '../use-feature.ts';
import { HeadNorms } from './head-norms.tsx';
import { WeightTable } from './weight-table.tsx';

/** A feature of texts: where it fires, what it writes and what it reads. */
export function TextFeatureBody(props: {
  index: TextPageIndex;
  position: number;
  opacity: number | undefined;
}) {
  const { index, position, opacity } = props;
  const loaded = useFeature(index, position);
  if (!isLoaded(loaded)) return null;
  const { chunk, feature } = loaded;
  const { logits, embeddings, heads, pullbacks } = feature;
  const token = (i: number): string => showToken(chunk.vocabulary[i]!);
  return (
    <div className="text-feature">
      <TextExamples chunk={chunk} feature={feature} tint={tintOf(index, feature, opacity)} />
      <div className="tables">
        {logits !== undefined && (
          <section aria-label="Logits">
            <h3>What it makes likelier, and less likely</h3>
            <WeightTable table={logits} nameOf={token} />
            <LogitSpread logits={logits} />
          </section>
        )}
        {embeddings !== undefined && (
          <section aria-label="Embeddings">
            <h3>Tokens it reads</h3>
            <WeightTable table={embeddings} nameOf={token} />
          </section>
        )}
        {heads !== undefined && (
          <section aria-label="Heads">
            <h3>Heads it reads through</h3>
            <HeadNorms norms={heads.norms} nHeads={index.texts.nHeads} />
            {heads.strongest.map(({ layer, head, ...table }) => (
              <details key={`${layer}.${head}`}>
                <summary>
                  Tokens through head {layer}.{head}
                </summary>
                <WeightTable table={table} nameOf={token} />
              </details>
            ))}
          </section>
        )}
        {pullbacks.map((table, i) => {
          const { name, layer, page } = index.texts.earlier[i]!;
          return (
            <section key={name} aria-label={`Features of block ${layer}`}>
              <h3 title={name}>Features of block {layer} it reads</h3>
              <WeightTable
                table={table}
                nameOf={(feature) => `${layer}/${feature}`}
                addressOf={page === undefined ? undefined : (feature) => `${page}#f=${feature}`}
              />
            </section>
          );
        })}
      </div>
    </div>
  );
}

function LogitSpread({ logits }: { logits: NonNullable<TextFeature['logits']> }) {
  const { heights, low, high } = logits;
  if (!(high > low)) return null;
  const edges = Array.from(
    { length: heights.length + 1 },
    (_, i) => low + ((high - low) * i) / heights.length,
  );
  return (
    <figure className="spread">
      <Histogram
        counts={heights}
        edges={edges}
        marks={low < 0 && high > 0 ? [{ name: 'mean', log: 0 }] : []}
        ticks={{
          place: ([from, to]) => [0.1, 0.5, 0.9].map((part) => from + (to - from) * part),
          format: formatValue,
        }}
      />
      <figcaption>what it adds to the logits of all tokens; the line is 0</figcaption>
    </figure>
  );
}
