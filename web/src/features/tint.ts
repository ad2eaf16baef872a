import type { TextFeature, TextPageIndex } from '../../../src/pages/feature-page.ts';
import type { Tint } from '../examples/token-span.tsx';

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
