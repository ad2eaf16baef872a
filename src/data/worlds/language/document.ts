// Texts of the embedded language: an opening word, then sentences of several behaviours, up to a length.
import { agreementSentence, plainSentence } from './agreement.ts';
import { bracketSentence } from './brackets.ts';
import { Choices } from './choices.ts';
import { OPENERS, PUNCTUATION } from './lexicon.ts';
import { bellSentence, spanSentence } from './numbers.ts';
import { type Cast, givingSentence, meetingSentences, returnSentence } from './people.ts';
import { thingSentences } from './things.ts';
import { say, type Word } from './words.ts';

/** A text and the truth about it. */
export interface WorldDocument {
  readonly index: number;
  readonly text: string;
  /** One for each token of the text, as it stands there: with its space, capital at the start of a sentence. */
  readonly words: readonly Word[];
  /** `−log p` of this text in the world, which no model can go below on average. */
  readonly nats: number;
}

/** A text has no further sentence once it has so many words. */
const ENOUGH = 36;
/** Words of the longest text that there can be: with `<|endoftext|>` before and after, it fits 64 tokens. */
export const LONGEST = 60;

type Family = (choices: Choices, cast: Cast) => Word[];

const FAMILIES: readonly (readonly [Family, number])[] = [
  [agreementSentence, 4],
  [bracketSentence, 3],
  [meetingSentences, 3],
  [givingSentence, 2],
  [bellSentence, 4],
  [thingSentences, 3],
  [spanSentence, 1],
  [plainSentence, 1],
];
/** How likely someone who is known comes back. */
const RETURN_WEIGHT = 4;

/** Write text `index` of the world with this seed; any text can be written without those before it. */
export function sampleDocument(seed: number, index: number): WorldDocument {
  const choices = new Choices(seed, `text ${index}`);
  const cast: Cast = { known: [], firstNames: new Set() };
  const words = say('plain', `${choices.pick(OPENERS)} ,`);
  while (words.length < ENOUGH) {
    const families =
      cast.known.length > 0 ? [...FAMILIES, [returnSentence, RETURN_WEIGHT] as const] : FAMILIES;
    words.push(...choices.weighted(families)(choices, cast));
  }
  const spelled = words.map((word, i) => spell(word, words[i - 1]));
  return {
    index,
    text: spelled.map(({ text }) => text).join(''),
    words: spelled,
    nats: choices.nats,
  };
}

/** A word as its token: a capital after a full stop, a space before all but the first word, commas and full stops. */
function spell({ text, behaviour, decision }: Word, before: Word | undefined): Word {
  const word = before?.text === '.' ? capital(text) : text;
  const joined = before === undefined || (PUNCTUATION as readonly string[]).includes(text);
  const token = joined ? word : spaced(word);
  if (decision === undefined) return { text: token, behaviour };
  const { right, wrong } = decision;
  return {
    text: token,
    behaviour,
    decision: { right: right.map(spaced), wrong: wrong.map(spaced) },
  };
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

function spaced(word: string): string {
  return ` ${word}`;
}
