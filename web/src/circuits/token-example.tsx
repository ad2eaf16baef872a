import { formatValue } from '../shared/format.ts';
import { showToken } from '../shared/tokens.ts';

/** A text whose tokens are tinted by how strongly a feature fires there. */
export function TokenExample(props: {
  tokens: readonly string[];
  activations: readonly number[];
  /** Activation of the full tint. */
  largest: number;
}) {
  const { tokens, activations, largest } = props;
  return (
    <p className="token-example">
      {tokens.map((token, i) => {
        const activation = activations[i] ?? 0;
        const tint = largest > 0 ? Math.min(1, Math.max(0, activation / largest)) : 0;
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
            key={i}
            title={`${showToken(token)}: ${formatValue(activation)}`}
            style={
              tint > 0
                ? {
                    background: `color-mix(in oklab, var(--tint) ${Math.round(15 + 85 * tint)}%, transparent)`,
                  }
                : undefined
            }
          >
            {token.replace(/\n/g, '⏎\n')}
          </span>
        );
      })}
    </p>
  );
}
