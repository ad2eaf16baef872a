// What can be asked of a word of the embedded language: the concepts, and the truth about them.
import type { WorldDocument } from './document.ts';
import {
  ACTIONS,
  BEINGS,
  BRACKETS,
  COLOURS,
  FIRST_NAMES,
  type Inflected,
  LAST_NAMES,
  NUMBERS,
  type Numerus,
  PLACES,
  SIZES,
  SOUNDS,
  THINGS,
} from './lexicon.ts';
import { BEHAVIOURS, type Behaviour, type Word } from './words.ts';

/** One thing that a position of a text can be. */
interface WordConcept {
  /**
   * `sentence`: of which behaviour the sentence is. `next`: which decision the next word is, and how it falls. `word`:
   * the kind of this word. `so far`: what must be remembered of the words before.
   */
  readonly kind: 'sentence' | 'next' | 'word' | 'so far';
  readonly name: string;
}

/** Most positions of a text: the token before it, and its words. */
export const TEXT_POSITIONS = 61;

const NUMERI: readonly Numerus[] = ['singular', 'plural'];
const DEEPEST = 3;
const MOST_COUNTED = 6;

/** Kinds of words, and which words they are. */
const WORD_KINDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...numbers('being', BEINGS),
  ...numbers('place', PLACES),
  ...numbers('verb', ACTIONS),
  ['thing', new Set(THINGS)],
  ['colour', new Set(COLOURS)],
  ['size', new Set(SIZES)],
  ['first name', new Set(FIRST_NAMES)],
  ['last name', new Set(LAST_NAMES)],
  ['number', new Set(NUMBERS)],
  ['opening bracket', new Set(BRACKETS.map(({ open }) => open))],
  ['closing bracket', new Set(BRACKETS.map(({ close }) => close))],
]);

/** Every concept of the language, kind by kind. */
export const WORD_CONCEPTS: readonly WordConcept[] = [
  ...BEHAVIOURS.map((name) => ({ kind: 'sentence', name }) as const),
  ...BEHAVIOURS.filter((name) => name !== 'plain').map((name) => ({ kind: 'next', name }) as const),
  ...NUMERI.map((name) => ({ kind: 'next', name: `${name} verb` }) as const),
  ...BRACKETS.map(({ close }) => ({ kind: 'next', name: close }) as const),
  ...[...WORD_KINDS.keys()].map((name) => ({ kind: 'word', name }) as const),
  ...NUMERI.map((name) => ({ kind: 'so far', name: `${name} subject` }) as const),
  ...BRACKETS.map(({ open }) => ({ kind: 'so far', name: `innermost ${open}` }) as const),
  ...upTo(DEEPEST).map((n) => ({ kind: 'so far', name: `depth ${n}` }) as const),
  ...upTo(MOST_COUNTED).map((n) => ({ kind: 'so far', name: `${n} counted` }) as const),
  ...['odd', 'even'].map((name) => ({ kind: 'so far', name: `${name} count` }) as const),
];

const NUMBER_OF = new Map(WORD_CONCEPTS.map(({ kind, name }, i) => [`${kind}: ${name}`, i]));

/**
 * Say which positions of a text are which concepts: `[nConcepts, TEXT_POSITIONS]`, 0 or 1; position 0 comes before the
 * text.
 */
export function wordConcepts({ words }: Pick<WorldDocument, 'words'>): Uint8Array {
  const truth = new Uint8Array(WORD_CONCEPTS.length * TEXT_POSITIONS);
  const mark = (kind: WordConcept['kind'], name: string, word: number): void => {
    const concept = NUMBER_OF.get(`${kind}: ${name}`);
    if (concept !== undefined) truth[concept * TEXT_POSITIONS + word + 1] = 1;
  };
  words.forEach(({ text, behaviour, decision }, i) => {
    mark('sentence', behaviour, i);
    for (const [kind, members] of WORD_KINDS) if (members.has(plain(text))) mark('word', kind, i);
    if (decision === undefined) return;
    mark('next', behaviour, i - 1);
    mark('next', behaviour === 'agreement' ? `${numberOfVerb(text)} verb` : plain(text), i - 1);
  });
  for (const [first, end] of sentences(words)) {
    const sentence = words.slice(first, end);
    const note = (name: string, at: number): void => mark('so far', name, first + at);
    const remember = REMEMBERED[sentence[0]!.behaviour];
    remember?.(sentence, note);
  }
  return truth;
}

type Remember = (sentence: readonly Word[], note: (name: string, at: number) => void) => void;

/** What each behaviour makes a reader carry along. */
const REMEMBERED: Partial<Record<Behaviour, Remember>> = {
  agreement: subjectNumber,
  brackets: openBrackets,
  counting: strokes,
  parity: strokes,
};

/** The number of the sentence's subject, from the subject to the word before its verb. */
function subjectNumber(sentence: readonly Word[], note: (name: string, at: number) => void): void {
  const subject = sentence.findIndex(({ text }) => numberOfBeing(text) !== undefined);
  const verb = sentence.findLastIndex(({ decision }) => decision !== undefined);
  const number = numberOfBeing(sentence[subject]!.text);
  for (let at = subject; at < verb; at++) note(`${number} subject`, at);
}

/** Which bracket is to be closed next, and how many are open. */
function openBrackets(sentence: readonly Word[], note: (name: string, at: number) => void): void {
  const open: string[] = [];
  sentence.forEach(({ text }, at) => {
    if (WORD_KINDS.get('opening bracket')!.has(plain(text))) open.push(plain(text));
    if (WORD_KINDS.get('closing bracket')!.has(plain(text))) open.pop();
    if (open.length === 0) return;
    note(`innermost ${open.at(-1)}`, at);
    note(`depth ${open.length}`, at);
  });
}

/** How many strokes have counted, from the first to the word before the answer. */
function strokes(sentence: readonly Word[], note: (name: string, at: number) => void): void {
  const answer = sentence.findIndex(({ decision }) => decision !== undefined);
  let counted = 0;
  sentence.slice(0, answer).forEach(({ text }, at) => {
    if (plain(text) === SOUNDS.counted) counted++;
    if (counted === 0) return;
    note(`${counted} counted`, at);
    note(`${counted % 2 === 0 ? 'even' : 'odd'} count`, at);
  });
}

/** First word and end of each sentence. */
function sentences(words: readonly Word[]): [number, number][] {
  const found: [number, number][] = [];
  // The opening word and its comma come before the first sentence.
  let first = 2;
  words.forEach(({ text }, i) => {
    if (text !== '.') return;
    found.push([first, i + 1]);
    first = i + 1;
  });
  return found;
}

function numberOfBeing(text: string): Numerus | undefined {
  return NUMERI.find((number) => WORD_KINDS.get(`${number} being`)!.has(plain(text)));
}

/** Verbs of the third person singular end in s, the others do not. */
function numberOfVerb(text: string): Numerus {
  return text.endsWith('s') ? 'singular' : 'plural';
}

function plain(text: string): string {
  return text.trim();
}

function numbers(name: string, words: readonly Inflected[]): [string, ReadonlySet<string>][] {
  return NUMERI.map((number) => [`${number} ${name}`, new Set(words.map((word) => word[number]))]);
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
