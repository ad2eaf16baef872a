// The words of the embedded language. Every word that may follow 'a' begins with a consonant.

/** A noun or verb in both numbers. */
export interface Inflected {
  readonly singular: string;
  readonly plural: string;
}
export type Numerus = keyof Inflected;

export const OPENERS = ['Today', 'Once', 'Yesterday', 'Now', 'Soon', 'Later'] as const;

/** People and animals: subjects of sentences. */
export const BEINGS: readonly Inflected[] = nouns(
  'dog cat bird horse cow duck goat frog bear cook boy girl king queen farmer baker teacher doctor sailor',
);

/** What beings are near to. */
export const PLACES: readonly Inflected[] = nouns(
  'tree house river road hill bridge wall garden tower barn door window rock field boat',
);

/** Things with a colour and a size. */
export const THINGS = split(
  'ball cup hat box coin key book lamp ring drum kite pot shoe rope pin fan',
);
export const HOLDERS = split('bag chest shelf basket drawer trunk');

/** What beings do. */
export const ACTIONS: readonly Inflected[] = verbs(
  'run sleep jump sing wait play dance swim walk fall smile rest eat work',
);
/** What a being does to another, inside a relative clause. */
export const RELATIONS: readonly Inflected[] = verbs('like see know fear follow help');
/** What people with names do to each other. */
export const MEETINGS = split('met saw called helped thanked followed found heard');

export const PREPOSITIONS = split('near behind beside above under by');
export const TEMPERS = split(
  'old young quiet happy sad brave lazy clever gentle hungry tired proud',
);
export const COLOURS = split('red blue green yellow black white brown pink purple grey');
export const SIZES = split('tiny small big huge long short');
export const ENDINGS = split('again slowly alone together often outside quickly still');

export const FIRST_NAMES = split(
  'Mira Tom Anna Ben Clara David Ella Frank Grace Henry Iris Jack Kate Leo Lucy Mark Nina Oscar Paul Rosa Sam Tessa Victor Wendy',
);
export const LAST_NAMES = split(
  'Reed Holt Marsh Cole Drake Frost Grant Hayes Jones Kent Lane Moore Nash Page Quinn Ross Shaw Todd Vance Wells York Blake Price Dunn',
);

export const NUMBERS = split('one two three four five six seven eight nine ten eleven twelve');
export const OPENINGS = split('market fair school shop library bakery');
export const PARITIES = { even: 'even', odd: 'odd' } as const;
export const SOUNDS = { counted: 'ding', silent: 'dong' } as const;
export const BRACKETS = [
  { open: '(', close: ')' },
  { open: '[', close: ']' },
  { open: '{', close: '}' },
] as const;

/** Words of the templates themselves. */
export const FRAME = split(
  'the a an and that of to from was is it in so when went gave lay held rang bell count colour size open',
);
export const PUNCTUATION = [',', '.'] as const;

/** The other number. */
export function otherNumber(number: Numerus): Numerus {
  return number === 'singular' ? 'plural' : 'singular';
}

function split(words: string): readonly string[] {
  return words.split(' ');
}

function nouns(singulars: string): readonly Inflected[] {
  return split(singulars).map((singular) => ({ singular, plural: `${singular}s` }));
}

function verbs(plurals: string): readonly Inflected[] {
  return split(plurals).map((plural) => ({ singular: `${plural}s`, plural }));
}

/** Every word that stands inside a sentence, in lower case unless it is a name. */
export function allWords(): readonly string[] {
  const inflected = [BEINGS, PLACES, ACTIONS, RELATIONS].flat();
  const words = [
    FRAME,
    inflected.flatMap(({ singular, plural }) => [singular, plural]),
    [THINGS, HOLDERS, MEETINGS, PREPOSITIONS, TEMPERS, COLOURS, SIZES, ENDINGS].flat(),
    [FIRST_NAMES, LAST_NAMES, NUMBERS, OPENINGS].flat(),
    [...Object.values(PARITIES), ...Object.values(SOUNDS)],
    BRACKETS.flatMap(({ open, close }) => [open, close]),
  ];
  return [...new Set(words.flat())];
}
