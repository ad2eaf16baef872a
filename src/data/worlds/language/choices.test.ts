import { describe, expect, test } from 'vitest';
import { Choices } from './choices.ts';
import { bellSentence, spanSentence } from './numbers.ts';

/** Probability of each outcome, as the choices say it, from enough samples to meet them all. */
function probabilities(sample: (choices: Choices) => string, n: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const choices = new Choices(2, String(i));
    const outcome = sample(choices);
    const p = Math.exp(-choices.nats);
    if (Math.abs((found.get(outcome) ?? p) - p) > 1e-12)
      expect(found.get(outcome), outcome).toBe(p);
    found.set(outcome, p);
  }
  return found;
}

const sumOf = (map: Map<string, number>) => [...map.values()].reduce((a, b) => a + b, 0);
const spoken = (words: readonly { text: string }[]) => words.map(({ text }) => text).join(' ');

describe('the surprise of a text', () => {
  test('follows from the chances of its choices', () => {
    const found = probabilities((choices) => {
      const first = choices.weighted([
        ['a', 1],
        ['b', 3],
      ]);
      return first + (choices.chance(0.2) ? '!' : choices.pick(['?', '.', ';']));
    }, 2000);
    expect(found.get('b.')).toBeCloseTo((0.75 * 0.8) / 3, 12);
    expect(found.get('a!')).toBeCloseTo(0.25 * 0.2, 12);
    expect(sumOf(found)).toBeCloseTo(1, 12);
  });

  test('is met as often as it says', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const item = new Choices(3, String(i)).weighted([
        ['a', 1],
        ['b', 3],
      ]);
      counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    expect(counts.get('b')! / 4000).toBeCloseTo(0.75, 1);
  });

  // Probabilities sum to 1 only if no sentence can come about in two ways.
  test('is exact for whole families of sentences', () => {
    expect(sumOf(probabilities((choices) => spoken(spanSentence(choices)), 20_000))).toBeCloseTo(
      1,
      9,
    );
    expect(sumOf(probabilities((choices) => spoken(bellSentence(choices)), 20_000))).toBeCloseTo(
      1,
      9,
    );
  });
});
