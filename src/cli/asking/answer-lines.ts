// An answer in a terminal: a table of latents, and texts on the tint of the strongest.
import { counted, number, percent, short } from '../../base/text.ts';
import type { LatentAnswer, LatentsAnswer, TextSeen } from '../../pages/ask.ts';
import type { AnsweredExample } from '../../studies/asking/job/answered-example.ts';

/** Latents whose values tint a text. */
const TINTED = 3;

/** Lay out an answer as lines. `isColoured` tints texts as terminals can. */
export function answerLines(
  { example, answer, known }: AnsweredExample,
  { isColoured }: { readonly isColoured: boolean },
): string[] {
  const { strongest, asked, seen, notes } = answer;
  const shown = new Set(strongest.map(({ latent }) => latent));
  const all = [...strongest, ...asked.filter(({ latent }) => !shown.has(latent))];
  const rows = all.map((latent) => [
    String(latent.latent),
    latent.max > 0 ? short(latent.max) : '–',
    latent.max > 0 ? short(latent.sum) : '–',
    percent(latent.positions.length / answer.nTokens, 0),
    latent.max > 0 ? placeOf(latent, answer) : silenceOf(latent),
    visible(known.get(latent.latent)?.label ?? ''),
  ]);
  const head = ['latent', 'max', 'sum', 'rows', 'strongest on', ''];
  const tinted =
    seen.kind === 'text' && isColoured
      ? strongest.slice(0, TINTED).map((latent) => `${latent.latent}  ${tintedText(seen, latent)}`)
      : [];
  return [
    `${answer.model}: ${visible(example)}`,
    `${countedRows(answer)}, ${short(answer.l0)} latents fire on one, ${number(answer.nFiring)} of ${number(answer.dSae)} on any`,
    ...notes,
    ...(all.length === 0 ? ['no latent fires'] : table([head, ...rows])),
    ...tinted,
    '',
  ];
}

function countedRows({ nTokens, seen }: LatentsAnswer): string {
  if (seen.kind === 'text') return counted(nTokens, 'token');
  return seen.side > 0 && seen.lead === 0
    ? counted(nTokens, 'patch', 'patches')
    : counted(nTokens, 'row');
}

/** What is said of a latent that is nowhere strongest. */
function silenceOf({ positions }: LatentAnswer): string {
  return positions.length === 0 ? 'does not fire' : 'fires on signs alone';
}

/** Where a latent is strongest: a token, or a patch by row and column. */
function placeOf({ at }: LatentAnswer, { seen }: LatentsAnswer): string {
  if (seen.kind === 'text') return `${at}: ${JSON.stringify(seen.tokens[at])}`;
  const patch = at - seen.lead;
  if (seen.side === 0) return 'the image';
  if (patch < 0) return 'CLS';
  return `row ${Math.floor(patch / seen.side)}, column ${patch % seen.side}`;
}

/** Columns of numbers to the right, of words to the left. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c < 4 ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** A text whose tokens stand on the tint of a latent's values. */
export function tintedText(
  { tokens, special }: TextSeen,
  { positions, values, max }: LatentAnswer,
): string {
  const firing = new Map(positions.map((at, i) => [at, values[i]!]));
  return tokens
    .map((token, at) => {
      const value = firing.get(at) ?? 0;
      if (value === 0) return special[at] ? '' : visible(token);
      // From a pale orange to a strong one, dark letters on both.
      const share = Math.min(1, value / max);
      const mix = (from: number, to: number): number => Math.round(from + (to - from) * share);
      const ground = `${mix(255, 240)};${mix(236, 120)};${mix(214, 30)}`;
      return `\u001b[48;2;${ground};38;2;20;20;20m${visible(token)}\u001b[0m`;
    })
    .join('');
}

/** A text without what moves the cursor or colours a terminal. */
function visible(text: string): string {
  return text.replace(/\n/g, '⏎').replace(/\p{Cc}/gu, '\uFFFD');
}
