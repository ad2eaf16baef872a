import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../data/worlds/synthetic/rows.ts';
import { DataLoad } from '../config.ts';
import { openSource, openSources } from '../source.ts';
import { batchesTogether, goTogether } from '../together.ts';
import type { ActivationBatch, ActivationSource, BatchOptions } from '../types.ts';

const world = { nFeatures: 50, dModel: 6, roots: 3, depth: 2, rank: 2, nRows: 1000 };
const load = (more: object = {}): DataLoad => DataLoad.parse({ synthetic: world, ...more });

/** All rows of a pass, one after the other, and the sizes of its batches. */
async function readAll(
  source: ActivationSource,
  options: BatchOptions,
): Promise<{ rows: number[]; sizes: number[] }> {
  const rows: number[] = [];
  const sizes: number[] = [];
  for await (const { acts } of source.batches(options)) {
    rows.push(...acts);
    sizes.push(acts.length / source.dModel);
  }
  return { rows, sizes };
}

it('draws the same rows in batches of any size, from any place on', async () => {
  const { source, scaling } = await openSource(load());
  expect(scaling).toEqual({ clamp: 1e5, mean: undefined, scalar: 1 });
  const whole = await readAll(source, { batchSize: 300, shuffleSeed: 1 });
  expect(whole.sizes).toEqual([300, 300, 300, 100]);
  const small = await readAll(source, { batchSize: BLOCK_ROWS - 1, shuffleSeed: 1, reuse: true });
  expect(small.rows).toEqual(whole.rows);
  const late = await readAll(source, {
    batchSize: 70,
    shuffleSeed: 1,
    skipBatches: 3,
    dropLast: true,
  });
  expect(late.rows).toEqual(whole.rows.slice(210 * 6, 980 * 6));
  const others = await readAll(source, { batchSize: 300, shuffleSeed: 2 });
  const inOrder = await readAll(source, { batchSize: 300 });
  const first = (rows: number[]): string => String(rows.slice(0, 6));
  expect(new Set([whole, others, inOrder].map(({ rows }) => first(rows))).size).toBe(3);
  await source.close();
});

it('scales rows where it is told to', async () => {
  const { source, scaling } = await openSource(
    load({ scaleMean: true, scaleNorm: true, nRandomSamples: 4096 }),
  );
  expect(scaling.mean).toHaveLength(6);
  const { rows } = await readAll(source, { batchSize: 1000, shuffleSeed: 1 });
  let norms = 0;
  for (let at = 0; at < rows.length; at += 6) norms += Math.hypot(...rows.slice(at, at + 6));
  expect(norms / 1000).toBeCloseTo(Math.sqrt(6), 0);
});

it('gives to several that are scaled in their own ways the bits that each gets alone', async () => {
  const ways = [
    {},
    { scaleNorm: true, nRandomSamples: 500 },
    { scaleMean: true, scaleNorm: true, nRandomSamples: 700 },
    { clamp: 0.5 },
  ].map((way) => load(way));
  const opened = await openSources(
    ways.map((data) => ({ data })),
    {},
  );
  const sources = opened.map(({ source }) => source);
  for (const source of sources) expect(goTogether(sources[0]!, source)).toBe(true);
  expect(goTogether(sources[0]!, (await openSource(ways[0]!)).source)).toBe(false);
  const passes = fc.record({
    batchSize: fc.integer({ min: 1, max: 400 }),
    shuffleSeed: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    skipBatches: fc.integer({ min: 0, max: 3 }),
    dropLast: fc.boolean(),
    reuse: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(passes, async ({ shuffleSeed, ...rest }) => {
      const options = { ...rest, ...(shuffleSeed !== undefined && { shuffleSeed }) };
      const found: ActivationBatch[][] = [];
      for await (const batches of batchesTogether(sources, options)) {
        found.push(batches.map((batch) => ({ ...batch, acts: batch.acts.slice() })));
      }
      for (const [i, data] of ways.entries()) {
        const alone: ActivationBatch[] = [];
        const { source } = await openSource(data);
        for await (const batch of source.batches({ ...options, reuse: false })) alone.push(batch);
        expect(found.map((batches) => batches[i])).toEqual(alone);
      }
    }),
    { numRuns: 6 },
  );
  // What is not to be used again is everyone's own.
  const kept: ActivationBatch[] = [];
  for await (const [batch] of batchesTogether(sources, { batchSize: 300 })) kept.push(batch!);
  expect(kept.flatMap(({ acts }) => [...acts])).toEqual(
    (await readAll(sources[0]!, { batchSize: 300 })).rows,
  );
});

it('refuses what makes no sense', async () => {
  await expect(openSource(load({ target: 1 }))).rejects.toThrow('unsupported target');
  await expect(openSource(load({ live: {} }))).rejects.toThrow('both data.live and data.synthetic');
  const bad = (more: object): DataLoad => DataLoad.parse({ synthetic: { ...world, ...more } });
  await expect(openSource(bad({ minProbability: 0.5 }))).rejects.toThrow('minProbability: 0.5');
  await expect(openSource(bad({ nFeatures: 2 ** 24, dModel: 64 }))).rejects.toThrow('2 GiB');
  await expect(openSource(bad({ model: 'nowhere' }))).rejects.toThrow('missing synthetic model');
});
