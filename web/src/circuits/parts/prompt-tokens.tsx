import { showToken } from '../../shared/tokens.ts';
import './prompt-tokens.css';

/** What a head does at a position. */
export type Mark = 'source' | 'destination';

/** A prompt, token by token; `marks` tells where a head reads and writes. */
export function PromptTokens(props: {
  tokens: readonly string[];
  marks?: ReadonlyMap<number, Mark>;
}) {
  const { tokens, marks } = props;
  return (
    <p className="prompt-tokens">
      {tokens.map((token, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
        <span key={i} className="token" data-mark={marks?.get(i)} title={`Token ${i}`}>
          {showToken(token)}
        </span>
      ))}
    </p>
  );
}
