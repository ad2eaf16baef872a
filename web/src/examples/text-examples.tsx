// The contexts on which a feature fires, by band of value.
import type {
  TextChunk,
  TextExample,
  TextFeature,
  TextGroup,
} from '../../../src/pages/feature-page.ts';
import { Segments } from '../shared/controls/segments.tsx';
import { formatShare, formatValue } from '../shared/format.ts';
import { tokensOf } from './contexts.ts';
import { TokenLine } from './token-line.tsx';
import { type Tint, TokenSpan } from './token-span.tsx';
import './text-examples.css';

/** Tokens on either side that a line may show. */
const REACH = 40;

/** The examples of a feature: the top ones, or those of a band of value. */
export function TextExamples(props: {
  chunk: TextChunk;
  feature: TextFeature;
  tint: Tint;
  /** Place of the shown group. */
  chosen: number;
  /** Contexts shown whole, as `context.token`. */
  open: readonly string[];
  onChoose: (group: number) => void;
  onOpen: (open: readonly string[]) => void;
}) {
  const { chunk, feature, tint, open, onChoose, onOpen } = props;
  const chosen = feature.groups[props.chosen] === undefined ? 0 : props.chosen;
  const group = feature.groups[chosen];
  if (group === undefined) return <p className="waiting">It never fires.</p>;
  return (
    <section className="text-examples" aria-label="Examples">
      <Segments name="Values" className="bands">
        {feature.groups.map((each, i) => (
          <button
            key={each.band?.low ?? 'top'}
            type="button"
            aria-pressed={i === chosen}
            title={titleOf(each)}
            onClick={() => onChoose(i)}
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
      </Segments>
      <ol>
        {group.examples.map((example) => (
          <TextExampleRow
            key={nameOf(example)}
            chunk={chunk}
            example={example}
            tint={tint}
            isOpen={open.includes(nameOf(example))}
            onToggle={() => {
              const name = nameOf(example);
              const others = open.filter((each) => each !== name);
              onOpen(others.length < open.length ? others : [...open, name]);
            }}
          />
        ))}
      </ol>
      {group.examples.length === 0 && <p className="waiting">None of them was kept.</p>}
    </section>
  );
}

/** An example in the address. */
function nameOf({ text, at }: TextExample): string {
  return `${text}.${at}`;
}

function titleOf({ band }: TextGroup): string {
  if (band === undefined) return 'The contexts on which it fires most';
  return `${formatShare(band.share)} of all tokens: contexts drawn from them at random`;
}

/** An example: one line around its token, the whole context when it is clicked. */
function TextExampleRow(props: {
  chunk: TextChunk;
  example: TextExample;
  tint: Tint;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { chunk, example, tint, isOpen, onToggle } = props;
  const tokens = tokensOf(chunk, example);
  const { at, text } = example;
  const place = `context ${text}, token ${at}`;
  return (
    <li className="text-example">
      <button
        type="button"
        aria-expanded={isOpen}
        title={isOpen ? 'Show one line' : `Show all of ${place}`}
        onClick={onToggle}
      >
        {isOpen ? (
          <span className="token-context">
            {tokens.map((token, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
              <TokenSpan key={i} token={token} isPeak={i === at} tint={tint} />
            ))}
            <small className="example-place">{place}</small>
          </span>
        ) : (
          <TokenLine tokens={tokens} at={at} tint={tint} reach={REACH} />
        )}
      </button>
      <span className="example-value" title={place}>
        {formatValue(tokens[at]?.value ?? 0)}
      </span>
    </li>
  );
}
