import { showToken } from '../shared/tokens.ts';

/** A prompt, token by token; `marks` names what stands at some positions. */
export function PromptTokens(props: {
  tokens: readonly string[];
  marks?: ReadonlyMap<number, 'here' | 'source' | 'destination'>;
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
