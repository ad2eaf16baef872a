// Brackets of three kinds, one in another: each is closed by its own kind, the innermost first.
import type { Choices } from './choices.ts';
import { BRACKETS, HOLDERS, THINGS } from './lexicon.ts';
import { decide, say, type Word } from './words.ts';

const DEEPEST = 3;

/** `The bag held ( a cup [ a coin ] and a key ).` */
export function bracketSentence(choices: Choices): Word[] {
  return [
    ...say('brackets', `the ${choices.pick(HOLDERS)} held`),
    ...group(choices, 1),
    ...say('brackets', '.'),
  ];
}

function group(choices: Choices, depth: number): Word[] {
  const { open, close } = choices.pick(BRACKETS);
  const wrong = BRACKETS.filter((kind) => kind.close !== close).map((kind) => kind.close);
  const inner = depth < DEEPEST && choices.chance(0.65) ? group(choices, depth + 1) : [];
  return [
    ...say('brackets', `${open} a ${choices.pick(THINGS)}`),
    ...inner,
    ...(choices.chance(0.35) ? say('brackets', `and a ${choices.pick(THINGS)}`) : []),
    decide('brackets', close, wrong),
  ];
}
