import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Encoder,
  identityEncoder,
  memorySource,
} from '../../../test/helpers/memory-source.ts';
import { type Collected, type CollectOptions, collectFeatures } from './collector.ts';

interface World {
  nExamples: number;
  rowsPerExample: number;
  dModel: number;
  acts: Float32Array;
}

/** Sparse codes with many equal values, so that ties happen. */
const worlds: fc.Arbitrary<World> = fc
  .record({
    nExamples: fc.integer({ min: 1, max: 9 }),
    rowsPerExample: fc.integer({ min: 1, max: 5 }),
    dModel: fc.integer({ min: 1, max: 6 }),
  })
  .chain((shape) => {
    const length = shape.nExamples * shape.rowsPerExample * shape.dModel;
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constantFrom(0.5, 1, 2, -1) },
    );
    return fc
      .array(value, { minLength: length, maxLength: length })
      .map((values) => ({ ...shape, acts: Float32Array.from(values) }));
  });

const defaults: CollectOptions = { rankBy: 'max', topK: 3, batchSize: 7, nDistributions: 2 };

async function collect(world: World, options: Partial<CollectOptions> = {}): Promise<Collected> {
  return collectFeatures(memorySource(world.acts, world), identityEncoder(world.dModel), {
    ...defaults,
    ...options,
  });
}

/** The lists by brute force: score every example, drop those that never fired, sort. */
function bruteForce(world: World, latent: number, options: CollectOptions) {
  const { nExamples, rowsPerExample, dModel, acts } = world;
  return Array.from({ length: nExamples }, (_, example) => {
    const values = Array.from(
      { length: rowsPerExample },
      (_, t) => acts[(example * rowsPerExample + t) * dModel + latent]!,
    ).map((v) => Math.max(v, 0));
    const score =
      options.rankBy === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
    return { example, score, values };
  })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.example - b.example)
    .slice(0, options.topK);
}

function dense(collected: Collected, latent: number) {
  return collected.top.list(latent).map(({ example, score, map }) => {
    const values = new Array<number>(collected.nTokens).fill(0);
    map.token.forEach((t, i) => {
      values[t] = map.value[i]!;
    });
    return { example, score, values };
  });
}

describe('collecting features', () => {
  test.each(['max', 'sum'] as const)(
    'lists ranked by %s equal brute force: unique examples, ties by index',
    async (rankBy) => {
      await fc.assert(
        fc.asyncProperty(
          worlds,
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 50 }),
          async (world, topK, batchSize) => {
            const options = { ...defaults, rankBy, topK, batchSize };
            const collected = await collect(world, options);
            for (let latent = 0; latent < world.dModel; latent++) {
              const list = dense(collected, latent);
              expect(list).toEqual(bruteForce(world, latent, options));
              expect(new Set(list.map(({ example }) => example)).size).toBe(list.length);
            }
          },
        ),
      );
    },
  );

  test('counts, sums and maxima equal brute force', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const collected = await collect(world);
        for (let latent = 0; latent < world.dModel; latent++) {
          const values = [...world.acts].filter((v, i) => i % world.dModel === latent && v > 0);
          expect(collected.count[latent]).toBe(values.length);
          expect(collected.sum[latent]).toBeCloseTo(
            values.reduce((a, b) => a + b, 0),
            10,
          );
          expect(collected.max[latent]).toBe(Math.max(0, ...values));
        }
        expect(collected.nRows).toBe(world.nExamples * world.rowsPerExample);
      }),
    );
  });

  test('nothing depends on where batches and encoder blocks cut the examples', async () => {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        async (world, batchSize, encodeBatchSize) => {
          const whole = await collect(world, { batchSize: 1000 });
          const cut = await collect(world, { batchSize, encodeBatchSize });
          for (let latent = 0; latent < world.dModel; latent++) {
            expect(dense(cut, latent)).toEqual(dense(whole, latent));
          }
          expect(cut.count).toEqual(whole.count);
          expect(cut.sum).toEqual(whole.sum);
          expect(cut.distributions).toEqual(whole.distributions);
        },
      ),
    );
  });

  test('distributions hold the first latents on every row, zeros too', async () => {
    const world = {
      nExamples: 2,
      rowsPerExample: 2,
      dModel: 3,
      acts: Float32Array.of(1, 0, 9, 0, 2, 9, 3, -4, 9, 0, 0, 9),
    };
    const { distributions } = await collect(world);
    expect([...distributions.values]).toEqual([1, 0, 3, 0, 0, 2, 0, 0]);
    expect(distributions.stride).toBe(1);
  });

  test('a list holds no more than the examples that fired', async () => {
    const world = {
      nExamples: 3,
      rowsPerExample: 1,
      dModel: 2,
      acts: Float32Array.of(0, 1, 0, 0, 0, 2),
    };
    const collected = await collect(world, { topK: 50 });
    expect(collected.top.k).toBe(3);
    expect(dense(collected, 0)).toEqual([]);
    expect(dense(collected, 1).map(({ example }) => example)).toEqual([2, 0]);
  });

  test('memory of the lists stays bounded while examples stream by', async () => {
    // Every later example beats all earlier ones: 20,000 maps are entered, 2 · 4 stay.
    const nExamples = 10_000;
    const world = {
      nExamples,
      rowsPerExample: 4,
      dModel: 2,
      acts: new Float32Array(nExamples * 8),
    };
    for (let i = 0; i < world.acts.length; i++) world.acts[i] = 1 + Math.floor(i / 8);
    const { top } = await collect(world, { topK: 4, batchSize: 1024 });
    expect(top.list(1).map(({ example }) => example)).toEqual([9999, 9998, 9997, 9996]);
    expect(top.byteLength()).toBeLessThanOrEqual(2 ** 18 * 8 + 2 * (4 + 4 * 24));
  });

  test('an interrupted pass stops with the reason', async () => {
    const controller = new AbortController();
    const world = { nExamples: 8, rowsPerExample: 1, dModel: 1, acts: new Float32Array(8).fill(1) };
    let blocks = 0;
    const pass = collect(world, {
      batchSize: 1,
      signal: controller.signal,
      observe: () => {
        if (++blocks === 3) controller.abort(new Error('enough'));
      },
    });
    await expect(pass).rejects.toThrow('enough');
    expect(blocks).toBe(3);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a code of %s is refused', async (value) => {
    const encoder: Encoder = {
      ...identityEncoder(1),
      encode: async () => ({
        columns: 1,
        rowStart: Uint32Array.of(0, 1),
        index: Uint32Array.of(0),
        value: Float32Array.of(value),
      }),
    };
    const source = memorySource(Float32Array.of(1), { nExamples: 1, rowsPerExample: 1, dModel: 1 });
    await expect(collectFeatures(source, encoder, defaults)).rejects.toThrow(
      /^invalid code (NaN|Infinity) of latent 0 in example 0$/,
    );
  });
});
