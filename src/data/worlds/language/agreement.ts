// Subject and verb agree in number, whatever stands between them; and plain sentences where nothing does.
import type { Choices } from './choices.ts';
import {
  ACTIONS,
  BEINGS,
  ENDINGS,
  type Inflected,
  type Numerus,
  otherNumber,
  PLACES,
  PREPOSITIONS,
  RELATIONS,
  TEMPERS,
} from './lexicon.ts';
import { type Behaviour, decide, say, type Word } from './words.ts';

/** Share of the nouns between subject and verb that have the other number. */
const DISTRACTING = 0.7;

/** `The dogs near the tower run again.` `The king that the girls like sleeps.` */
export function agreementSentence(choices: Choices): Word[] {
  const behaviour = 'agreement';
  const number = numberOf(choices);
  const subject = nounPhrase(choices, BEINGS, number, behaviour);
  const between = choices.weighted([
    ['place', 4],
    ['places', 2],
    ['clause', 3],
  ] as const);
  const distance = {
    place: () => placePhrase(choices, number),
    places: () => [...placePhrase(choices, number), ...placePhrase(choices, number)],
    clause: () => relativeClause(choices, number),
  }[between]();
  return [
    ...subject,
    ...distance,
    agreeing(choices.pick(ACTIONS), number),
    ...ending(choices, behaviour),
    ...say(behaviour, '.'),
  ];
}

/** `The old dog sleeps.` */
export function plainSentence(choices: Choices): Word[] {
  const number = numberOf(choices);
  return [
    ...say('plain', `the ${choices.pick(TEMPERS)} ${choices.pick(BEINGS)[number]}`),
    ...say('plain', choices.pick(ACTIONS)[number]),
    ...ending(choices, 'plain'),
    ...say('plain', '.'),
  ];
}

/** `near the towers`, a place to stand at. */
function placePhrase(choices: Choices, subject: Numerus): Word[] {
  const number = distractor(choices, subject);
  return say('agreement', `${choices.pick(PREPOSITIONS)} the ${choices.pick(PLACES)[number]}`);
}

/** `that the girls like`. Its own verb agrees with its own subject. */
function relativeClause(choices: Choices, subject: Numerus): Word[] {
  const number = distractor(choices, subject);
  return [
    ...say('agreement', `that the ${choices.pick(BEINGS)[number]}`),
    agreeing(choices.pick(RELATIONS), number),
  ];
}

function nounPhrase(
  choices: Choices,
  nouns: readonly Inflected[],
  number: Numerus,
  behaviour: Behaviour,
): Word[] {
  const temper = choices.chance(0.3) ? `${choices.pick(TEMPERS)} ` : '';
  return say(behaviour, `the ${temper}${choices.pick(nouns)[number]}`);
}

function agreeing(verb: Inflected, number: Numerus): Word {
  return decide('agreement', verb[number], [verb[otherNumber(number)]]);
}

function ending(choices: Choices, behaviour: Behaviour): Word[] {
  return choices.chance(0.4) ? say(behaviour, choices.pick(ENDINGS)) : [];
}

function numberOf(choices: Choices): Numerus {
  return choices.pick(['singular', 'plural'] as const);
}

function distractor(choices: Choices, subject: Numerus): Numerus {
  return choices.chance(DISTRACTING) ? otherNumber(subject) : subject;
}
