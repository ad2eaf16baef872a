import { useState } from 'react';
import type { TextChunk, TextFeature, TextGroup } from '../../../src/pages/feature-page.ts';
import { formatShare, formatValue } from '../shared/format.ts';
import { TextExampleRow } from './text-example.tsx';
import type { Tint } from './token-span.tsx';

/** The examples of a feature: the top ones, or those of a band of value. */
export function TextExamples(props: { chunk: TextChunk; feature: TextFeature; tint: Tint }) {
  const { chunk, feature, tint } = props;
  const [chosen, choose] = useState(0);
  const group = feature.groups[chosen];
  if (group === undefined) return <p className="waiting">It never fires.</p>;
  return (
    <section className="text-examples" aria-label="Examples">
      <fieldset className="segments bands">
        <legend>Values</legend>
        {feature.groups.map((each, i) => (
          <button
            key={each.band?.low ?? 'top'}
            type="button"
            aria-pressed={i === chosen}
            title={titleOf(each)}
            onClick={() => choose(i)}
          >
            {each.band === undefined ? (
              'Top'
            ) : (
              <>
                {formatValue(each.band.low)}–{formatValue(each.band.high)}{' '}
                <small>{formatShare(each.band.share)}</small>
              </>
            )}
          </button>
        ))}
      </fieldset>
      <ol>
        {group.examples.map((example) => (
          <TextExampleRow
            key={`${example.text}/${example.at}`}
            chunk={chunk}
            example={example}
            tint={tint}
          />
        ))}
      </ol>
      {group.examples.length === 0 && <p className="waiting">None of them was kept.</p>}
    </section>
  );
}

function titleOf({ band }: TextGroup): string {
  if (band === undefined) return 'The contexts on which it fires most';
  return `${formatShare(band.share)} of all tokens: contexts drawn from them at random`;
}
