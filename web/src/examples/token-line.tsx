import type { ShownToken } from './contexts.ts';
import { type Tint, TokenSpan } from './token-span.tsx';
import './token-line.css';

/** A context on one line, its chosen token in the same place in every line. */
export function TokenLine(props: {
  tokens: readonly ShownToken[];
  at: number;
  tint: Tint;
  /** Most tokens on either side: what does not fit is cut. */
  reach: number;
}) {
  const { tokens, at, tint, reach } = props;
  const first = Math.max(0, at - reach);
  const part = (from: number, to: number) =>
    tokens.slice(from, to).map((token, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
      <TokenSpan key={from + i} token={token} isPeak={from + i === at} tint={tint} />
    ));
  return (
    <span className="token-line">
      <span className="before">
        <span>{part(first, at)}</span>
      </span>
      {part(at, at + 1)}
      <span className="after">{part(at + 1, at + 1 + reach)}</span>
    </span>
  );
}
