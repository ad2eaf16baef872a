import { expect, it } from 'vitest';
import { checkSameExamples, exampleLabels, tokenLabels } from './labels.ts';

it('labels examples, whatever the token', () => {
  const labels = exampleLabels(['cat', 'dog'], Int32Array.of(1, -1, 0));
  expect(labels.nExamples).toBe(3);
  expect([0, 1, 2, 3].map((example) => labels.classOf(example, -1))).toEqual([1, -1, 0, -1]);
  expect(labels.classOf(0, 7)).toBe(1);
});

it('labels tokens, CLS apart', () => {
  const labels = tokenLabels(['sky', 'sea'], Int32Array.of(0, 1, -1, 1), 2);
  expect(labels.nExamples).toBe(2);
  expect([-1, 0, 1, 2].map((token) => labels.classOf(0, token))).toEqual([-1, 0, 1, -1]);
  expect([0, 1].map((token) => labels.classOf(1, token))).toEqual([-1, 1]);
});

it('refuses numbers without a class, and labels of other examples', () => {
  expect(() => exampleLabels(['cat'], Int32Array.of(0, 1))).toThrow('unknown class 1');
  const what = { labels: "'photos'", activations: "'shards/4f0a'" };
  expect(() => checkSameExamples({ nExamples: 3 }, 4, what)).toThrow(
    "labels of 3 examples ('photos') for activations of 4 ('shards/4f0a')",
  );
});
