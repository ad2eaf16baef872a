// How many tokens packing left out, and why: a corpus of books may lose most of itself without anyone noticing.
import { number, percent } from '../../../base/text.ts';

/** Where each kind of packing leaves a rest. */
const RESTS = {
  stream: 'at the ends of batches',
  concatenated: 'at the end of each 1,000 texts',
  documents: 'in texts that fill no context',
} as const;

/** Why tokens are in no context: behind what is kept of a text, or left over where a stretch of texts is packed. */
export interface PackingTally {
  /** Tokens of texts that stand in contexts. */
  placed: number;
  /** Tokens behind the first so many of a text. */
  cut: number;
  /** Tokens that did not fill a context before a batch, a block or all texts ended. */
  left: number;
}

/** Begin a tally. */
export function newTally(): PackingTally {
  return { placed: 0, cut: 0, left: 0 };
}

/** Compute the share of the tokens read so far that are in no context. */
export function leftOutShare({ placed, cut, left }: PackingTally): number {
  return (cut + left) / Math.max(1, placed + cut + left);
}

/** Say in a sentence what packing of one kind left out; undefined when that is nothing. */
export function tallyText(tally: PackingTally, kind: keyof typeof RESTS): string | undefined {
  const { placed, cut, left } = tally;
  const out = cut + left;
  if (out === 0) return undefined;
  const parts = [
    ...(cut === 0 ? [] : [`${number(cut)} behind the first ones of a text`]),
    ...(left === 0 ? [] : [`${number(left)} ${RESTS[kind]}`]),
  ];
  return `packing '${kind}' leaves out ${number(out)} of ${number(placed + out)} tokens (${percent(leftOutShare(tally))}): ${parts.join(', ')}`;
}
