// Counting changes: what belongs to a class, and what an edit for one class alone counts.
import { describe, expect, it } from 'vitest';
import { countChanges, summarizeChanges } from './changes.ts';
import { exchangeFeatures } from './methods.ts';

describe('countChanges', () => {
  const before = [1, 1, 2, 2, 3];
  const after = [1, 2, 2, 3, 3];

  it('counts patches of each class and all others', () => {
    const counts = countChanges(5);
    counts.add(before, before, after);
    const [one, two, three, four] = counts.results();
    expect(one).toMatchObject({ class: 1, patches: 2, changed: 1, others: 3, othersChanged: 1 });
    expect([...one!.changedTo]).toEqual([[2, 1]]);
    expect(two).toMatchObject({ patches: 2, changed: 1, others: 3, othersChanged: 1 });
    expect(three).toMatchObject({ patches: 1, changed: 0, others: 4, othersChanged: 2 });
    expect(four).toMatchObject({ patches: 0, changed: 0, others: 5, othersChanged: 2 });
  });

  it('counts an edit for one class for that class alone, and unlabelled patches as others', () => {
    const counts = countChanges(4);
    counts.add([1, 0, -1, 1, 2], before, after, 1);
    const [one, two] = counts.results();
    expect(one).toMatchObject({ patches: 2, changed: 1, others: 3, othersChanged: 1 });
    expect([...one!.changedTo]).toEqual([[3, 1]]);
    expect(two).toMatchObject({ patches: 0, others: 0 });
  });

  it('tells classes without a patch from those that do not change', () => {
    const counts = countChanges(4);
    counts.add([1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 2, 2]);
    const summary = summarizeChanges(counts.results());
    expect(summary.targetChange).toBe(0.5);
    expect(summary.targetStdPresent).toBe(0.5);
    expect(summary.targetStd).toBeCloseTo(Math.sqrt(2 / 9), 12);
  });
});

describe('exchangeFeatures', () => {
  it('gives no class its own latent, also where classes share one', () => {
    const features = new Map([
      [1, 10],
      [2, 10],
      [3, 30],
      [4, 40],
    ]);
    const exchanged = exchangeFeatures(features, 7);
    expect(exchanged.size).toBe(4);
    for (const [each, latent] of exchanged) {
      expect(latent).not.toBe(features.get(each));
      expect([...features.values()]).toContain(latent);
    }
    expect(exchangeFeatures(new Map([[1, 5]]), 7).size).toBe(0);
  });
});
