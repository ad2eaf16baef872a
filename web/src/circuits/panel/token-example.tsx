import { TokenSpan } from '../../examples/token-span.tsx';

const NONE: ReadonlySet<string> = new Set();

/** A text whose tokens are tinted by how strongly a feature fires there. */
export function TokenExample(props: {
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
