import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTemporaryFolder } from '../../../test/helpers/folders.ts';
import { memorySource } from '../../../test/helpers/memory-source.ts';
import { clouds, sparseOf } from '../../../test/helpers/probe-rows.ts';
import { Random } from '../../base/random.ts';
import { exampleLabels } from '../labels/labels.ts';
import { lossGradients } from './cross-entropy.ts';
import { expOfNegative } from './fast-exp.ts';
import type { FeatureMap } from './features.ts';
import { initHead } from './linear-head.ts';
import { measureHeads } from './measure-heads.ts';
import { type ProbeOptions, sweepRates, trainProbes } from './train-probes.ts';

const settings = {
  rates: sweepRates([1e-2, 3e-2], [0, 0.1]),
  nEpochs: 4,
  batchSize: 16,
} satisfies ProbeOptions;

/** The positive part of rows, as sparse codes are. */
const positive = (dModel: number): FeatureMap => ({
  width: dModel,
  isSparse: true,
  of: async (acts) => sparseOf({ columns: dModel, values: acts.map((v) => Math.max(0, v)) }),
});

it('learns what can be learnt, and each head as if it were alone', async () => {
  const { source, labels } = clouds({ nExamples: 300, dModel: 8, nClasses: 3, unknownEvery: 7 });
  const together = await trainProbes(source, labels, { ...settings, nEpochs: 10 });
  expect(together.steps).toBe(10 * Math.ceil(257 / 16));
  expect(together.history).toHaveLength(10);
  expect(together.classRows.reduce((a, b) => a + b)).toBe(257);
  const other = clouds({ nExamples: 200, dModel: 8, nClasses: 3, seed: 2 });
  const measures = await measureHeads(other.source, other.labels, together.heads);
  for (const { accuracy, count, confusion } of measures) {
    expect(count).toBe(200);
    expect(accuracy).toBeGreaterThan(0.85);
    expect(confusion.reduce((a, b) => a + b)).toBe(200);
  }
  const alone = await trainProbes(source, labels, {
    ...settings,
    nEpochs: 10,
    rates: [settings.rates[2]!],
    initial: [initHead(8, 3, 44)],
  });
  alone.heads[0]!.weight.forEach((weight, i) => {
    expect(weight).toBeCloseTo(together.heads[2]!.weight[i]!, 5);
  });
});

it.each(['dense', 'sparse', 'read every epoch'])(
  'ends an interrupted training with the same bits (%s)',
  async (kind) => {
    const { source, labels } = clouds({ nExamples: 100, dModel: 6, nClasses: 3, unknownEvery: 5 });
    const options = {
      ...settings,
      ...(kind === 'sparse' ? { features: positive(6) } : {}),
      ...(kind === 'read every epoch' ? { memoryBytes: 10 } : {}),
    };
    // A source in memory has one order; that of shards is tested where they are read.
    const skipping = { ...source, batches: skipsOf(source.batches.bind(source)) };
    const whole = await trainProbes(skipping, labels, options);
    await inTemporaryFolder(async (folder) => {
      const stateFile = join(folder, 'state');
      for (const stopAt of [3, 11]) {
        const controller = new AbortController();
        const stopping = { ...options, stateFile, signal: controller.signal };
        const stops = skipsOf(source.batches.bind(source), (batch) => {
          if (batch === stopAt % 5) controller.abort();
        });
        const from = kind === 'read every epoch' ? { ...source, batches: stops } : skipping;
        const onEpoch = ({ epoch }: { epoch: number }): void => {
          if (epoch === Math.floor(stopAt / 5)) controller.abort();
        };
        await expect(trainProbes(from, labels, { ...stopping, onEpoch })).rejects.toThrow();
      }
      const resumed = await trainProbes(skipping, labels, { ...options, stateFile });
      expect(resumed).toEqual(whole);
      const again = await trainProbes(skipping, labels, { ...options, stateFile });
      expect(again).toEqual(whole);
      await expect(
        trainProbes(skipping, labels, { ...options, stateFile, batchSize: 8 }),
      ).rejects.toThrow('other settings');
    });
  },
);

type Batches = ReturnType<typeof clouds>['source']['batches'];

/** The batches of a source with `skipBatches` honoured; `onBatch` is told of each before it is given. */
function skipsOf(batches: Batches, onBatch: (batch: number) => void = () => {}): Batches {
  return async function* (options) {
    let batch = -1;
    for await (const rows of batches(options)) {
      batch++;
      if (batch < (options.skipBatches ?? 0)) continue;
      onBatch(batch);
      options.signal?.throwIfAborted();
      yield rows;
    }
  };
}

it('has the gradients that finite differences give', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 2, max: 5 }),
      (seed, nClasses) => {
        const random = new Random(seed);
        const logits = Float32Array.from({ length: 2 * 3 * nClasses }, () => 2 * random.normal());
        const classes = Int32Array.from({ length: 3 }, () => random.int(nClasses));
        const shape = { nHeads: 2, nClasses, nRows: 3 };
        const lossAt = (at: number, by: number): number => {
          const moved = logits.slice();
          moved[at]! += by;
          return lossGradients(moved, classes, shape).loss.reduce((a, b) => a + b) / 3;
        };
        const gradients = logits.slice();
        lossGradients(gradients, classes, shape);
        gradients.forEach((gradient, at) => {
          const slope = (lossAt(at, 1e-2) - lossAt(at, -1e-2)) / 2e-2;
          expect(gradient).toBeCloseTo(slope, 4);
        });
      },
    ),
    { numRuns: 20 },
  );
});

it('judges examples by the mean of the logits of their rows', async () => {
  const given = { nExamples: 150, dModel: 6, nClasses: 3, spread: 3 };
  const { source, labels } = clouds({ ...given, rowsPerExample: 16 });
  const { heads } = await trainProbes(source, labels, { ...settings, nEpochs: 3 });
  const [rows] = await measureHeads(source, labels, heads);
  const [examples] = await measureHeads(source, labels, heads, { perExample: true, batchSize: 7 });
  expect(rows!.count).toBe(150 * 16);
  expect(examples!.count).toBe(150);
  expect(examples!.accuracy).toBeGreaterThan(rows!.accuracy + 0.05);
});

it('calls for an evaluation in the first epoch, every so many, and in the last', async () => {
  const { source, labels } = clouds({ nExamples: 20, dModel: 4, nClasses: 2 });
  const seen: number[] = [];
  await trainProbes(source, labels, {
    ...settings,
    nEpochs: 6,
    evalEvery: 4,
    onEvaluate: (heads, { epoch }) => {
      expect(heads).toHaveLength(4);
      seen.push(epoch);
    },
  });
  expect(seen).toEqual([0, 4, 5]);
});

it('says in a sentence what cannot be learnt from', async () => {
  const { source, labels, acts } = clouds({ nExamples: 20, dModel: 4, nClasses: 2 });
  const train = (options: Partial<ProbeOptions>, of = source, by = labels): Promise<unknown> =>
    trainProbes(of, by, { ...settings, ...options });
  const one = exampleLabels(['cat'], new Int32Array(20));
  await expect(train({}, source, one)).rejects.toThrow("there is one class, 'cat'");
  const none = exampleLabels(['cat', 'dog'], new Int32Array(20).fill(-1));
  await expect(train({}, source, none)).rejects.toThrow('no row of the activations has a label');
  const broken = acts.slice();
  broken[4 * 7 + 1] = Number.NaN;
  const nan = memorySource(broken, { nExamples: 20, rowsPerExample: 1, dModel: 4 });
  await expect(train({}, nan)).rejects.toThrow('holds NaN: example 7');
  await expect(train({ rates: [] })).rejects.toThrow('no learning rate');
  await expect(train({ rates: sweepRates([0], [0]) })).rejects.toThrow('invalid learning rate 0');
  await expect(train({ nEpochs: 0 })).rejects.toThrow('invalid nEpochs 0');
  await expect(measureHeads(source, labels, [initHead(5, 2, 0)])).rejects.toThrow(
    'reads rows of 5 numbers, these have 4',
  );
});

it('has exponentials that agree with those of the language', () => {
  fc.assert(
    fc.property(fc.double({ min: -87, max: 0, noNaN: true }), (x) => {
      expect(Math.abs(expOfNegative(x) / Math.exp(x) - 1)).toBeLessThan(1e-8);
    }),
  );
  expect([0, -88, Number.NEGATIVE_INFINITY, Number.NaN].map(expOfNegative)).toEqual([
    1,
    0,
    0,
    Number.NaN,
  ]);
});
