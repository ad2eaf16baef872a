import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST, sampleDocument, type WorldDocument } from './document.ts';
import * as lexicon from './lexicon.ts';
import { accuracies, type Scores, scoreDecisions } from './score.ts';
import { BEHAVIOURS, type Behaviour, type Word } from './words.ts';

const texts = (n: number, seed = 5): WorldDocument[] =>
  Array.from({ length: n }, (_, i) => sampleDocument(seed, i));
const anyText = fc.tuple(fc.nat(), fc.nat()).map(([seed, index]) => sampleDocument(seed, index));

/** Sentences as lists of words, in lower case but for names, without their spaces. */
function sentences({ words }: WorldDocument): { plain: string[]; words: Word[] }[] {
  const found: { plain: string[]; words: Word[] }[] = [];
  let current: Word[] = [];
  for (const word of words.slice(2)) {
    current.push(word);
    if (word.text !== '.') continue;
    const plain = current.map(({ text }) => text.trim());
    if (/^(The|A|When)$/.test(plain[0]!)) plain[0] = plain[0]!.toLowerCase();
    found.push({ plain, words: current });
    current = [];
  }
  expect(current).toEqual([]);
  return found;
}

/** Every sentence of many texts that belongs to a behaviour. */
function sentencesOf(behaviour: Behaviour): { plain: string[]; words: Word[] }[] {
  const found = texts(400)
    .flatMap(sentences)
    .filter(({ words }) => words[0]!.behaviour === behaviour);
  expect(found.length).toBeGreaterThan(50);
  return found;
}

const bare = (words: readonly string[]) => words.map((word) => word.trim());
const decisionIn = (words: readonly Word[]) => words.filter(({ decision }) => decision)[0]!;

describe('a text', () => {
  test('is the same for the same seed and number, whatever was written before', () => {
    const [first] = texts(1);
    texts(20);
    expect(sampleDocument(5, 0)).toEqual(first);
  });

  test('is another for another seed or number', () => {
    const different = new Set([...texts(50), ...texts(50, 6)].map(({ text }) => text));
    expect(different.size).toBe(100);
  });

  test('is what the shipped model was trained on', () => {
    const hash = createHash('sha256');
    for (const { text } of texts(100, 0)) hash.update(`${text}\n`);
    expect(hash.digest('hex').slice(0, 16)).toBe('be468692f1e6a3a3');
  });

  test('is its words one after the other, and fits a context', () => {
    fc.assert(
      fc.property(anyText, ({ text, words }) => {
        expect(words.map((word) => word.text).join('')).toBe(text);
        expect(words.length).toBeLessThanOrEqual(LONGEST);
        expect(text).toMatch(/^\p{Lu}\p{L}+, .*\.$/u);
      }),
    );
  });

  test('decides between words that may stand there and words that may not', () => {
    fc.assert(
      fc.property(anyText, ({ words }) => {
        for (const { text, decision } of words) {
          if (decision === undefined) continue;
          expect(decision.right).toContain(text);
          expect(decision.wrong.length).toBeGreaterThan(0);
          expect(decision.right.filter((word) => decision.wrong.includes(word))).toEqual([]);
        }
      }),
    );
  });

  test('shows every behaviour, and reads as English', () => {
    const seen = new Set(texts(60).flatMap(({ words }) => words.map((word) => word.behaviour)));
    expect([...seen].sort()).toEqual([...BEHAVIOURS].sort());
    expect(sampleDocument(0, 0).text).toBe(
      'Now, the tired bird behind the field sings. Ben Shaw helped Kate York near the house. Ben Shaw found Kate York. Ben Shaw helped the sad cow. The bag held ( a pot ( a lamp [ a coin ] ) ).',
    );
  });

  test('has words of the lexicon only', () => {
    const known = new Set<string>([...lexicon.allWords(), ...lexicon.PUNCTUATION]);
    const met = new Set(
      texts(200)
        .flatMap(sentences)
        .flatMap(({ plain }) => plain),
    );
    expect([...met].filter((word) => !known.has(word))).toEqual([]);
    expect(met.size).toBeGreaterThan(200);
  });
});

describe('labels are right', () => {
  const endsWithS = (word: string) => word.endsWith('s');

  test('verbs agree with their subjects, across nouns of the other number', () => {
    let distracted = 0;
    for (const { plain, words } of sentencesOf('agreement')) {
      const nouns = plain.flatMap((word, i) => {
        const isNoun = [...lexicon.BEINGS, ...lexicon.PLACES].some(
          ({ singular, plural }) => word === singular || word === plural,
        );
        return isNoun ? [i] : [];
      });
      const verbs = words.flatMap(({ decision }, i) => (decision ? [i] : []));
      // Inside a clause the second noun is the subject; the sentence's own subject is its first noun.
      const subjects = plain.includes('that') ? [nouns[1]!, nouns[0]!] : [nouns[0]!];
      expect(verbs.length).toBe(subjects.length);
      verbs.forEach((at, i) => {
        expect(endsWithS(plain[at]!), plain.join(' ')).toBe(!endsWithS(plain[subjects[i]!]!));
        expect(bare(words[at]!.decision!.wrong)).toHaveLength(1);
      });
      const main = verbs.at(-1)!;
      const nearest = nouns.filter((noun) => noun < main).at(-1)!;
      if (endsWithS(plain[nearest]!) === endsWithS(plain[main]!)) distracted++;
    }
    expect(distracted).toBeGreaterThan(50);
  });

  test('brackets balance, and the innermost is closed first', () => {
    const closes = new Map<string, string>(
      lexicon.BRACKETS.map(({ open, close }) => [open, close]),
    );
    let deepest = 0;
    for (const { plain, words } of sentencesOf('brackets')) {
      const open: string[] = [];
      plain.forEach((word, i) => {
        const { decision } = words[i]!;
        if (closes.has(word)) open.push(closes.get(word)!);
        expect(decision !== undefined, plain.join(' ')).toBe([...closes.values()].includes(word));
        deepest = Math.max(deepest, open.length);
        if (decision !== undefined) expect(word).toBe(open.pop());
      });
      expect(open).toEqual([]);
    }
    expect(deepest).toBe(3);
  });

  test('a first name keeps its last name through a text', () => {
    let again = 0;
    for (const { words } of texts(300)) {
      const last = new Map<string, string>();
      words.forEach(({ behaviour, decision, text }, i) => {
        if (behaviour !== 'names' || !lexicon.LAST_NAMES.includes(text.trim())) return;
        const first = words[i - 1]!.text.trim();
        expect(lexicon.FIRST_NAMES).toContain(first);
        expect(decision !== undefined).toBe(last.has(first));
        if (decision !== undefined) {
          again++;
          expect(text).toBe(last.get(first));
          expect(bare(decision.wrong).sort()).toEqual(
            bare([...last.values()].filter((name) => name !== text)).sort(),
          );
        }
        last.set(first, text);
      });
      expect(new Set(last.values()).size).toBe(last.size);
    }
    expect(again).toBeGreaterThan(100);
  });

  test('who gives is not who is given to', () => {
    for (const { plain, words } of sentencesOf('giving')) {
      const [a, b, giver] = [plain[1]!, plain[3]!, plain[9]!];
      const { text, decision } = decisionIn(words);
      expect([a, b]).toContain(giver);
      expect(text.trim()).toBe(giver === a ? b : a);
      expect(bare(decision!.wrong)).toEqual([giver]);
    }
  });

  test.each(['counting', 'parity'] as const)(
    '%s: the bell is heard as often as it is said',
    (name) => {
      for (const { plain, words } of sentencesOf(name)) {
        const n = plain.filter((word) => word === 'ding').length;
        const answer = decisionIn(words).text.trim();
        expect(answer).toBe(name === 'parity' ? ['even', 'odd'][n % 2] : lexicon.NUMBERS[n - 1]);
      }
    },
  );

  test('a span ends after it begins', () => {
    for (const { plain, words } of sentencesOf('greater')) {
      const { right, wrong } = decisionIn(words).decision!;
      const number = (word: string) => lexicon.NUMBERS.indexOf(word.trim());
      const start = number(plain[plain.indexOf('from') + 1]!);
      expect(right.every((word) => number(word) > start)).toBe(true);
      expect(wrong.every((word) => number(word) <= start)).toBe(true);
      expect(right.length + wrong.length).toBe(12);
    }
  });

  test.each(['colour', 'size'] as const)(
    'the %s asked for is that of the thing asked about',
    (name) => {
      let asked = 0;
      for (const document of texts(300)) {
        const all = sentences(document);
        all.forEach(({ plain, words }, i) => {
          if (plain[1] !== name) return;
          asked++;
          const scene = all[i - 1]!.plain;
          const at = scene.indexOf(plain[4]!);
          const answer = decisionIn(words);
          const other = [3, 8].find((place) => place !== at)!;
          const shift = name === 'colour' ? 1 : 2;
          expect(answer.text.trim()).toBe(scene[at - shift]);
          expect(bare(answer.decision!.wrong)).toEqual([scene[other - shift]]);
        });
      }
      expect(asked).toBeGreaterThan(50);
    },
  );
});

describe('scores', () => {
  const scoreOf = (favourite: (word: Word) => readonly string[]) => {
    const scores: Scores = new Map();
    for (const document of texts(100))
      scoreDecisions(
        document,
        (position, token) => (favourite(document.words[position]!).includes(token) ? 1 : 0),
        scores,
      );
    return accuracies(scores);
  };

  test('are 1 for a model that knows, and 0 for one that is always wrong', () => {
    const known = scoreOf(({ text }) => [text]);
    expect(Object.keys(known).sort()).toEqual(BEHAVIOURS.filter((name) => name !== 'plain').sort());
    expect(new Set(Object.values(known))).toEqual(new Set([1]));
    const wrong = scoreOf(({ decision }) => decision!.wrong);
    expect(new Set(Object.values(wrong))).toEqual(new Set([0]));
  });

  test('give nothing for a model that has no opinion', () => {
    expect(new Set(Object.values(scoreOf(() => [])))).toEqual(new Set([0]));
  });
});
