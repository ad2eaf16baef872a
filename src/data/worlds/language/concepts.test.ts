import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEXT_POSITIONS, WORD_CONCEPTS, wordConcepts } from './concepts.ts';
import { LONGEST, sampleDocument, type WorldDocument } from './document.ts';

const anyText = fc
  .tuple(fc.nat({ max: 50 }), fc.nat({ max: 1e6 }))
  .map(([seed, index]) => sampleDocument(seed, index));

/** Names of the concepts of each position, position 0 being that before the first word. */
function conceptsOf(document: Pick<WorldDocument, 'words'>): Set<string>[] {
  const truth = wordConcepts(document);
  expect(truth).toHaveLength(WORD_CONCEPTS.length * TEXT_POSITIONS);
  return Array.from(
    { length: document.words.length + 1 },
    (_, p) =>
      new Set(
        WORD_CONCEPTS.flatMap(({ kind, name }, c) =>
          truth[c * TEXT_POSITIONS + p] === 1 ? [`${kind}: ${name}`] : [],
        ),
      ),
  );
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

describe('concepts of the embedded language', () => {
  it('have names of their own, and each is met', () => {
    expect(new Set(WORD_CONCEPTS.map(({ kind, name }) => `${kind}: ${name}`)).size).toBe(
      WORD_CONCEPTS.length,
    );
    const met = new Set<string>();
    for (let i = 0; i < 150; i++)
      for (const names of conceptsOf(sampleDocument(4, i))) for (const name of names) met.add(name);
    expect(met.size).toBe(WORD_CONCEPTS.length);
  });

  it('fit the longest text', () => {
    expect(TEXT_POSITIONS).toBe(LONGEST + 1);
  });

  it('say of each word its behaviour, and before each decision how it falls', () => {
    fc.assert(
      fc.property(anyText, (document) => {
        const concepts = conceptsOf(document);
        document.words.forEach(({ behaviour, decision }, i) => {
          expect(concepts[i + 1]).toContain(`sentence: ${behaviour}`);
          const decides = [...concepts[i]!].includes(`next: ${behaviour}`);
          expect(decides).toBe(decision !== undefined);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('carry what decides up to the decision', () => {
    let [verbs, brackets, parities] = [0, 0, 0];
    fc.assert(
      fc.property(anyText, ({ words }) => {
        const concepts = conceptsOf({ words });
        words.forEach(({ text, behaviour, decision }, i) => {
          if (decision === undefined) return;
          const before = concepts[i]!;
          // A clause has a subject of its own; the verb that ends it is not the sentence's.
          const isLast = !words.slice(i + 1).some((word, j, rest) => {
            return word.decision !== undefined && !rest.slice(0, j).some((w) => w.text === '.');
          });
          if (behaviour === 'agreement' && isLast) {
            const number = text.endsWith('s') ? 'singular' : 'plural';
            expect(before).toContain(`so far: ${number} subject`);
            expect(before).toContain(`next: ${number} verb`);
            verbs++;
          }
          if (behaviour === 'brackets') {
            const open = Object.keys(CLOSING).find((each) => CLOSING[each] === text.trim());
            expect(before).toContain(`so far: innermost ${open}`);
            brackets++;
          }
          if (behaviour === 'parity') {
            // The answer stands behind 'it was an': what was counted is still carried.
            expect(before).toContain(`so far: ${text.trim()} count`);
            parities++;
          }
        });
      }),
      { numRuns: 300 },
    );
    for (const count of [verbs, brackets, parities]) expect(count).toBeGreaterThan(20);
  });

  it('tell the strokes that count from those that do not', () => {
    const words = 'Now , the bell rang ding dong ding , so the count was two .'.split(' ');
    const document = {
      words: words.map((text, i) => ({
        text: i === 0 || text === ',' || text === '.' ? text : ` ${text}`,
        behaviour: i < 2 ? ('plain' as const) : ('counting' as const),
        ...(text === 'two' ? { decision: { right: [' two'], wrong: [' one'] } } : {}),
      })),
    };
    const concepts = conceptsOf(document);
    const counted = concepts.map((names) =>
      [...names].find((name) => name.endsWith('counted'))?.slice('so far: '.length),
    );
    expect(counted).toEqual(
      [
        ...Array(6).fill(undefined),
        '1 counted',
        '1 counted',
        ...Array(6).fill('2 counted'),
        undefined,
        undefined,
      ].slice(0, concepts.length),
    );
  });
});
