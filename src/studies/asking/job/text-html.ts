// A text with its tokens on the tint of a latent's values, as one HTML file that needs nothing else.

import { short } from '../../../base/text.ts';
import type { LatentAnswer, LatentsAnswer } from '../../../pages/ask.ts';
import type { KnownLatent } from './known-latents.ts';

const STYLE = `
:root { color-scheme: light dark; --heat: 214 94 12; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.6 system-ui, sans-serif; }
h1 { font-size: 1.1rem; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 1.5rem 0 0.3rem; }
h2 small { font-weight: normal; opacity: 0.75; }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
span { border-radius: 2px; } .special { opacity: 0.6; }`;

/** Draw a text once for each latent: tints against the largest value that is known of the latent. */
export function textHtml(
  answer: LatentsAnswer,
  latents: readonly LatentAnswer[],
  known: ReadonlyMap<number, KnownLatent>,
): string {
  const { seen } = answer;
  if (seen.kind !== 'text') throw new TypeError('no text');
  const sections = latents.map((latent) => {
    const { label = '', max = 0 } = known.get(latent.latent) ?? {};
    const values = new Map(latent.positions.map((at, i) => [at, latent.values[i]!]));
    const tokens = seen.tokens.map((token, at) =>
      tokenHtml(token, {
        value: values.get(at) ?? 0,
        upper: max || latent.max,
        isSpecial: seen.special[at] === true,
      }),
    );
    const title = `Latent ${latent.latent}${label === '' ? '' : `: ${escaped(label)}`}`;
    return `<h2>${title} <small>${short(latent.max)}</small></h2>\n<p>${tokens.join('')}</p>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>What fires on a text</title>
<style>${STYLE}</style>
<h1>${escaped(answer.model)}</h1>
${sections.join('\n')}
</html>
`;
}

function tokenHtml(
  token: string,
  { value, upper, isSpecial }: { value: number; upper: number; isSpecial: boolean },
): string {
  const strength = upper > 0 ? Math.min(1, value / upper) : 0;
  const attributes = [
    ...(isSpecial ? ['class="special"'] : []),
    ...(strength > 0
      ? [
          `style="background: rgb(var(--heat) / ${(0.1 + 0.6 * strength).toFixed(3)})"`,
          `title="${short(value)}"`,
        ]
      : []),
  ];
  const text = escaped(token);
  return attributes.length === 0 ? text : `<span ${attributes.join(' ')}>${text}</span>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
