// One token of a text, on the tint of its value.
import type { TextFeature, TextPageIndex } from '../../../src/pages/feature-page.ts';
import { formatValue } from '../shared/format.ts';
import { showControls, showToken } from '../shared/tokens.ts';
import type { ShownToken } from './contexts.ts';
import './token-span.css';

/** How tokens are tinted. */
export interface Tint {
  /** Value of the full tint. */
  readonly upper: number;
  /** Of the full tint, 0 to 1; undefined shows none. */
  readonly opacity: number | undefined;
  /** Tokens that are signs and no text. */
  readonly special: ReadonlySet<string>;
}

/** A token on the tint of its value, which shows when it is pointed at. */
export function TokenSpan(props: { token: ShownToken; isPeak: boolean; tint: Tint }) {
  const { token, isPeak, tint } = props;
  const { upper, opacity, special } = tint;
  const strength = upper > 0 ? Math.min(1, token.value / upper) : 0;
  const alpha = opacity === undefined || strength === 0 ? 0 : (0.1 + 0.9 * strength) * opacity;
  return (
    <span
      className="token-span"
      data-peak={isPeak || undefined}
      data-special={special.has(token.text) || undefined}
      title={`${showToken(token.text)}  ${formatValue(token.value)}`}
      style={alpha > 0 ? { backgroundColor: `rgb(var(--heat) / ${alpha.toFixed(3)})` } : undefined}
    >
      {running(token.text)}
    </span>
  );
}

/** A token among others: spaces are gaps, but for those that would not be seen. */
function running(token: string): string {
  if (/^ *$/.test(token)) return token === '' ? '∅' : '·'.repeat(token.length);
  return showControls(token);
}

const specials = new WeakMap<TextPageIndex, ReadonlySet<string>>();

/** How the tokens of a feature are tinted. */
export function tintOf(
  index: TextPageIndex,
  { upper }: TextFeature,
  opacity: number | undefined,
): Tint {
  let special = specials.get(index);
  if (special === undefined) {
    special = new Set(index.texts.special);
    specials.set(index, special);
  }
  return { upper, opacity, special };
}
