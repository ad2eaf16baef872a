import { expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../data/worlds/synthetic/rows.ts';
import { DataLoad } from '../config.ts';
import { openSource } from '../source.ts';
import type { ActivationSource, BatchOptions } from '../types.ts';

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

it('refuses what makes no sense', async () => {
  await expect(openSource(load({ target: 1 }))).rejects.toThrow('unsupported target');
  await expect(openSource(load({ live: {} }))).rejects.toThrow('both data.live and data.synthetic');
  const bad = (more: object): DataLoad => DataLoad.parse({ synthetic: { ...world, ...more } });
  await expect(openSource(bad({ minProbability: 0.5 }))).rejects.toThrow('minProbability: 0.5');
  await expect(openSource(bad({ nFeatures: 2 ** 24, dModel: 64 }))).rejects.toThrow('2 GiB');
  await expect(openSource(bad({ model: 'nowhere' }))).rejects.toThrow('missing synthetic model');
});
