// A text as the model read it, its tokens on the tint of a latent.
import { useMemo } from 'react';
import type { TextSeen } from '../../../src/pages/ask.ts';
import { TokenSpan } from '../examples/token-span.tsx';
import { formatValue } from '../shared/format.ts';
import { showToken } from '../shared/tokens.ts';
import { Pad } from './pad.tsx';
import type { SeenProps } from './seen-image.tsx';

/** Show a text with its tokens. */
export function SeenText({ seen, ...props }: SeenProps & { seen: TextSeen }) {
  const { tokens, special } = seen;
  const { latent, upper, opacity, at, held, onLook, onHold } = props;
  const items = useMemo(() => {
    const values = new Map(latent?.positions.map((position, i) => [position, latent.values[i]!]));
    const tint = {
      upper,
      opacity,
      special: new Set(tokens.filter((_, i) => special[i] === true)),
    };
    return tokens.map((text, i) => {
      const value = values.get(i) ?? 0;
      return {
        label: `${showToken(text)}${value > 0 ? `, ${formatValue(value)}` : ''}`,
        content: (
          <TokenSpan token={{ text, value }} isPeak={latent?.at === i && value > 0} tint={tint} />
        ),
      };
    });
  }, [tokens, special, latent, upper, opacity]);
  return (
    <Pad
      name="Tokens"
      className="token-pad token-context"
      items={items}
      columns={12}
      at={at}
      held={held}
      onLook={onLook}
      onHold={onHold}
    />
  );
}
