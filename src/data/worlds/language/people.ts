// People. A first name goes with any last name, but within a text with one only: whoever has read it once knows it.
import type { Choices } from './choices.ts';
import {
  BEINGS,
  FIRST_NAMES,
  LAST_NAMES,
  MEETINGS,
  OPENINGS,
  PLACES,
  PREPOSITIONS,
  TEMPERS,
  THINGS,
} from './lexicon.ts';
import { decide, say, type Word } from './words.ts';

/** Who has appeared in a text. */
export interface Cast {
  /** People with both names. */
  readonly known: { readonly first: string; readonly last: string }[];
  /** Every first name that was used. */
  readonly firstNames: Set<string>;
}

/** `Mira Reed met Tom Holt near the river. Tom Holt thanked Mira Reed.` */
export function meetingSentences(choices: Choices, cast: Cast): Word[] {
  const a = newPerson(choices, cast);
  const b = newPerson(choices, cast);
  const [agent, patient] = choices.pick([
    [a, b],
    [b, a],
  ] as const);
  const where = `${choices.pick(PREPOSITIONS)} the ${choices.pick(PLACES).singular}`;
  return [
    ...say('names', `${a.first} ${a.last} ${choices.pick(MEETINGS)} ${b.first} ${b.last}`),
    ...say('names', `${where} .`),
    ...mention(agent, cast),
    ...say('names', choices.pick(MEETINGS)),
    ...mention(patient, cast),
    ...say('names', '.'),
  ];
}

/** `Mira Reed saw the old fox.`, of someone who is known already. */
export function returnSentence(choices: Choices, cast: Cast): Word[] {
  return [
    ...mention(choices.pick(cast.known), cast),
    ...say('names', `${choices.pick(MEETINGS)} the ${choices.pick(TEMPERS)}`),
    ...say('names', `${choices.pick(BEINGS).singular} .`),
  ];
}

/** `When Tom and Kate went to the market, Kate gave a cup to Tom.` (Wang et al. 2022, indirect objects.) */
export function givingSentence(choices: Choices, cast: Cast): Word[] {
  const a = newFirstName(choices, cast);
  const b = newFirstName(choices, cast);
  const [giver, taker] = choices.pick([
    [a, b],
    [b, a],
  ] as const);
  return [
    ...say('giving', `when ${a} and ${b} went to the ${choices.pick(OPENINGS)} ,`),
    ...say('giving', `${giver} gave a ${choices.pick(THINGS)} to`),
    decide('giving', taker, [giver]),
    ...say('giving', '.'),
  ];
}

function mention({ first, last }: Cast['known'][number], { known }: Cast): Word[] {
  const others = known.map((person) => person.last).filter((other) => other !== last);
  return [...say('names', first), decide('names', last, others)];
}

function newPerson(choices: Choices, cast: Cast): Cast['known'][number] {
  const first = newFirstName(choices, cast);
  const taken = new Set(cast.known.map(({ last }) => last));
  const person = { first, last: choices.pick(LAST_NAMES.filter((name) => !taken.has(name))) };
  cast.known.push(person);
  return person;
}

function newFirstName(choices: Choices, { firstNames }: Cast): string {
  const name = choices.pick(FIRST_NAMES.filter((each) => !firstNames.has(each)));
  firstNames.add(name);
  return name;
}
