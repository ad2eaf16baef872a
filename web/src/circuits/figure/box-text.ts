// What is written on the box of an output: the tokens that its label names, cut so that they can be told apart.
import { shortToken, showToken } from '../../shared/tokens.ts';
import type { CircuitNode } from '../graph.ts';
import { KINDS } from '../kinds.ts';

/** Characters of a token: alone in a box, and one of two. */
const ALONE = 9;
const OF_TWO = 8;
/** Of a supernode's name. */
const OF_GROUP = 14;
/** Of a box, in pixels. */
const LETTER = 6.6;
const BOX = { least: 58, padding: 12 };

/**
 * The tokens that the label of an output names, else its beginning; a supernode's name, with how many nodes it is.
 * Undefined for nodes without a box.
 */
export function boxText({ kind, label, members }: CircuitNode): string | undefined {
  if (KINDS[kind].sign !== 'box') return undefined;
  if (members !== undefined) return `${shortToken(label, OF_GROUP)} · ${members.length}`;
  const [first, second] = [...label.matchAll(/"(.+?)"/gs)].map(([, token]) => token!);
  if (first === undefined) return shortToken(label, ALONE);
  if (second === undefined) return shortToken(first, ALONE);
  return apart(first, second).join(' − ');
}

/** Width of a text's box in pixels. */
export function boxWidth(text: string): number {
  return Math.max(BOX.least, [...text].length * LETTER + BOX.padding);
}

/** Cut two tokens to what fits: at the end, or in front where they begin alike. */
function apart(a: string, b: string): [string, string] {
  const [shownA, shownB] = [shortToken(a, OF_TWO), shortToken(b, OF_TWO)];
  if (shownA !== shownB) return [shownA, shownB];
  const [lettersA, lettersB] = [[...showToken(a)], [...showToken(b)]];
  let alike = 0;
  while (alike < lettersA.length && lettersA[alike] === lettersB[alike]) alike++;
  // Two letters before the first that differs say which part of the word it is.
  const from = Math.max(0, alike - 2);
  const tail = (letters: readonly string[]): string =>
    shortToken(`…${letters.slice(from).join('')}`, OF_TWO);
  return [tail(lettersA), tail(lettersB)];
}
