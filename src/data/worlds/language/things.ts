// Two things with colours and sizes, then a question about one of them.
import type { Choices } from './choices.ts';
import { COLOURS, PLACES, PREPOSITIONS, SIZES, THINGS } from './lexicon.ts';
import { decide, say, type Word } from './words.ts';

/** `A big red ball and a small blue cup lay by the river. The colour of the cup was blue.` */
export function thingSentences(choices: Choices): Word[] {
  const behaviour = choices.chance(0.5) ? 'colour' : 'size';
  const things = two(choices, THINGS);
  const sizes = two(choices, SIZES);
  const colours = two(choices, COLOURS);
  const named = [0, 1].map((i) => `a ${sizes[i]} ${colours[i]} ${things[i]}`).join(' and ');
  const where = `${choices.pick(PREPOSITIONS)} the ${choices.pick(PLACES).singular}`;
  const asked = choices.pick([0, 1] as const);
  const values = behaviour === 'colour' ? colours : sizes;
  return [
    ...say(behaviour, `${named} lay ${where} .`),
    ...say(behaviour, `the ${behaviour} of the ${things[asked]} was`),
    decide(behaviour, values[asked], [values[1 - asked]!]),
    ...say(behaviour, '.'),
  ];
}

/** Two different items. */
function two<T>(choices: Choices, items: readonly T[]): readonly [T, T] {
  const first = choices.pick(items);
  return [first, choices.pick(items.filter((item) => item !== first))];
}
