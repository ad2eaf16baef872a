import { useState } from 'react';
import type { TextChunk, TextExample } from '../../../src/pages/feature-page.ts';
import { formatValue } from '../shared/format.ts';
import { tokensOf } from './contexts.ts';
import { TokenLine } from './token-line.tsx';
import { type Tint, TokenSpan } from './token-span.tsx';

/** Tokens on either side that a line may show. */
const REACH = 40;

/** An example: one line around its token, the whole context when it is clicked. */
export function TextExampleRow(props: { chunk: TextChunk; example: TextExample; tint: Tint }) {
  const { chunk, example, tint } = props;
  const [isOpen, setOpen] = useState(false);
  const tokens = tokensOf(chunk, example);
  const { at, text } = example;
  return (
    <li className="text-example">
      <button
        type="button"
        aria-expanded={isOpen}
        title={isOpen ? 'Show one line' : `Show all of context ${text}`}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? (
          <span className="token-context">
            {tokens.map((token, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
              <TokenSpan key={i} token={token} isPeak={i === at} tint={tint} />
            ))}
          </span>
        ) : (
          <TokenLine tokens={tokens} at={at} tint={tint} reach={REACH} />
        )}
      </button>
      <span className="example-value">{formatValue(tokens[at]?.value ?? 0)}</span>
    </li>
  );
}
