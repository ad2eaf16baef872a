// Numbers: how often a bell rang, whether that is even or odd, and spans of hours that end after they begin.
import type { Choices } from './choices.ts';
import { NUMBERS, OPENINGS, PARITIES, SOUNDS } from './lexicon.ts';
import { decide, say, type Word } from './words.ts';

/** Strokes that count, and strokes between them that do not. */
const MOST_COUNTED = 6;
const MOST_SILENT = 2;

/** `The bell rang ding dong ding, so the count was two.` or `…, so it was an even count.` */
export function bellSentence(choices: Choices): Word[] {
  const behaviour = choices.chance(0.5) ? 'parity' : 'counting';
  const counted = choices.pick(upTo(MOST_COUNTED)) + 1;
  const strokes = arrange(choices, counted, choices.pick(upTo(MOST_SILENT + 1)));
  const answer =
    behaviour === 'parity'
      ? [...say(behaviour, 'it was an'), parity(counted), ...say(behaviour, 'count')]
      : [...say(behaviour, 'the count was'), amount(counted)];
  return [
    ...say(behaviour, `the bell rang ${strokes.join(' ')} , so`),
    ...answer,
    ...say(behaviour, '.'),
  ];
}

/** `The market was open from three to nine.` (Hanna et al. 2023, greater-than.) */
export function spanSentence(choices: Choices): Word[] {
  const start = choices.pick(upTo(NUMBERS.length - 1));
  const [until, after] = [NUMBERS.slice(0, start + 1), NUMBERS.slice(start + 1)];
  return [
    ...say('greater', `the ${choices.pick(OPENINGS)} was open from ${NUMBERS[start]} to`),
    decide('greater', choices.pick(after), until, after),
    ...say('greater', '.'),
  ];
}

function parity(counted: number): Word {
  const { even, odd } = PARITIES;
  return counted % 2 === 0 ? decide('parity', even, [odd]) : decide('parity', odd, [even]);
}

function amount(counted: number): Word {
  const possible = NUMBERS.slice(0, MOST_COUNTED);
  const right = NUMBERS[counted - 1]!;
  return decide(
    'counting',
    right,
    possible.filter((word) => word !== right),
  );
}

/** The strokes in an order; all orders are equally likely. */
function arrange(choices: Choices, counted: number, silent: number): string[] {
  let [left, quiet] = [counted, silent];
  const strokes: string[] = [];
  while (left + quiet > 0) {
    const next = left > 0 && (quiet === 0 || choices.chance(left / (left + quiet)));
    strokes.push(next ? SOUNDS.counted : SOUNDS.silent);
    if (next) left--;
    else quiet--;
  }
  return strokes;
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
