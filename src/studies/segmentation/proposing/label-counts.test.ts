// Counts against counting by hand, and what ranks first.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenLabels } from '../../labels/labels.ts';
import { createFiringCounts, createLabelCounts } from './label-counts.ts';

const N_LATENTS = 5;
const N_CLASSES = 4;
const THRESHOLDS = [0, 0.3, 1];

const patch = fc.record({
  label: fc.integer({ min: -1, max: N_CLASSES - 1 }),
  codes: fc.array(fc.constantFrom(0, 0, 0.1, 0.3, 0.30001, 0.9, 1, 2), {
    minLength: N_LATENTS,
    maxLength: N_LATENTS,
  }),
});

function sparse(codes: readonly number[][]) {
  const index: number[] = [];
  const value: number[] = [];
  const rowStart = [0];
  for (const row of codes) {
    row.forEach((code, latent) => {
      if (code === 0) return;
      index.push(latent);
      value.push(code);
    });
    rowStart.push(index.length);
  }
  return {
    columns: N_LATENTS,
    rowStart: Uint32Array.from(rowStart),
    index: Uint32Array.from(index),
    value: Float32Array.from(value),
  };
}

function countsOf(patches: readonly { label: number; codes: number[] }[], batch: number) {
  const names = ['none', 'a', 'b', 'c'];
  const labels = tokenLabels(
    names,
    Int32Array.from(patches, ({ label }) => label),
    patches.length,
  );
  const classes = [1, 2, 3];
  const counts = createLabelCounts({ dSae: N_LATENTS, labels, classes, thresholds: THRESHOLDS });
  const firing = createFiringCounts(N_LATENTS);
  for (let at = 0; at < patches.length; at += batch) {
    const some = patches.slice(at, at + batch);
    const codes = sparse(some.map((each) => each.codes));
    firing.add(codes);
    counts.add({ codes, exampleIndex: some.map(() => 0), tokenIndex: some.map((_, i) => at + i) });
  }
  return { counts, firing };
}

describe('label counts', () => {
  it('are those of counting by hand, at the best threshold', () => {
    fc.assert(
      fc.property(
        fc.array(patch, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (patches, batch) => {
          const { counts, firing } = countsOf(patches, batch);
          const known = patches.filter(({ label }) => label >= 0);
          expect(counts.rows).toBe(known.length);
          for (const each of [1, 2, 3]) {
            const best = counts.top(each, N_LATENTS);
            expect(best.map(({ latent }) => latent).sort()).toEqual([0, 1, 2, 3, 4]);
            for (const [i, found] of best.entries()) {
              const byHand = THRESHOLDS.map((threshold) => {
                const says = ({ codes }: { codes: number[] }): boolean =>
                  Math.fround(codes[found.latent]!) > Math.fround(threshold);
                const is = ({ label }: { label: number }): boolean => label === each;
                const tp = known.filter((one) => says(one) && is(one)).length;
                const fp = known.filter((one) => says(one) && !is(one)).length;
                const fn = known.filter((one) => !says(one) && is(one)).length;
                return { threshold, tp, fp, fn, f1: tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn) };
              });
              const most = Math.max(...byHand.map(({ f1 }) => f1));
              expect(found.f1).toBeCloseTo(most, 12);
              expect(byHand).toContainEqual({
                threshold: found.threshold,
                tp: found.tp,
                fp: found.fp,
                fn: found.fn,
                f1: expect.closeTo(found.f1, 12),
              });
              if (i > 0) expect(best[i - 1]!.f1).toBeGreaterThanOrEqual(found.f1);
            }
          }
          const column = (latent: number): number[] => patches.map(({ codes }) => codes[latent]!);
          for (let latent = 0; latent < N_LATENTS; latent++) {
            const fired = column(latent).filter((code) => code > 0).length;
            expect(firing.sparsity()[latent]).toBeCloseTo(fired / patches.length, 6);
            expect(firing.maxima[latent]).toBe(Math.fround(Math.max(...column(latent))));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('rank latents that never fire last, not first', () => {
    const { counts } = countsOf(
      [
        { label: 1, codes: [0, 0, 2, 0, 0] },
        { label: 2, codes: [0, 0, 0, 1, 0] },
      ],
      2,
    );
    expect(counts.top(1, 2).map(({ latent, f1 }) => [latent, f1])).toEqual([
      [2, 1],
      [0, 0],
    ]);
    expect(counts.top(2, 1, (latent) => latent !== 3)[0]!.f1).toBe(0);
    expect(counts.positives(3)).toBe(0);
  });
});
