import fc from 'fast-check';
import { expect, it } from 'vitest';
import { learningRateAt, sparsityAt } from '../config/schedules.ts';
import { countBatches, limitBatches } from './batches.ts';

/** The original's generator, step by step. */
function* original(
  length: number,
  batchSize: number,
  nSamples: number,
): Generator<[number, number]> {
  let seen = 0;
  for (let pass = 0; ; pass++) {
    for (let batch = 0; batch * batchSize < length; batch++) {
      yield [pass, batch];
      seen += batchSize;
      if (seen > nSamples) return;
    }
    seen -= batchSize;
  }
}

const sizes = fc.record({
  length: fc.integer({ min: 1, max: 300 }),
  batchSize: fc.integer({ min: 1, max: 60 }),
  nSamples: fc.integer({ min: 1, max: 2000 }),
});

it('takes the batches that the original takes', () => {
  fc.assert(
    fc.property(sizes, (options) => {
      fc.pre(options.length > options.batchSize);
      const ours = [...limitBatches({ ...options, until: 'past' })].map(({ pass, batch }) => [
        pass,
        batch,
      ]);
      expect(ours).toEqual([...original(options.length, options.batchSize, options.nSamples)]);
    }),
  );
});

it('counts them without walking', () => {
  fc.assert(
    fc.property(sizes, (options) => {
      for (const until of ['past', 'reached'] as const) {
        const stream = { ...options, until };
        expect(countBatches(stream)).toBe([...limitBatches(stream)].length);
      }
    }),
  );
});

it('stops on texts as the loop of transcoder-circuits does, when so many tokens were read', () => {
  // while n_training_tokens < total: …; n_training_tokens += batch_size
  const count = (nSamples: number): number =>
    countBatches({ length: 1e6, batchSize: 512, nSamples, until: 'reached' });
  expect([1, 512, 513, 5120, 5121].map(count)).toEqual([1, 1, 2, 10, 11]);
});

it('ends where a pass is one batch, which the original never does', () => {
  expect([...limitBatches({ length: 5, batchSize: 10, nSamples: 35, until: 'past' })]).toHaveLength(
    4,
  );
});

it('starts the learning rate at 0 and the sparsity where its warm-up says', () => {
  expect([0, 1, 5, 9, 10, 11].map((step) => learningRateAt(step, 1, 10))).toEqual([
    0, 0.1, 0.5, 0.9, 1, 1,
  ]);
  expect([0, 1].map((step) => learningRateAt(step, 1, 0))).toEqual([0, 1]);
  expect([0, 5, 10].map((step) => sparsityAt(step, 2, 10))).toEqual([0, 1, 2]);
  expect(sparsityAt(0, 2, 0)).toBe(2);
});
