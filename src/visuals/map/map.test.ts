import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { layOutFeatures } from './feature-map.ts';
import { MAP_FILE, mapKey, readMap, writeMap } from './map-file.ts';
import { nearestRows, unitRows } from './nearest-rows.ts';

/** Rows around as many random directions as there are groups. */
function groupedRows(n: number, d: number, groups: number): Float32Array {
  const random = new Random(7);
  const centres = Float32Array.from({ length: groups * d }, () => random.normal());
  const rows = Float32Array.from(
    { length: n * d },
    (_, i) => centres[(Math.floor(i / d) % groups) * d + (i % d)]! + 0.2 * random.normal(),
  );
  return unitRows(rows, [...new Array(n).keys()], d);
}

describe('the nearest of each row', () => {
  test('are those of brute force, whatever the rows', async () => {
    const matrices = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }))
      .chain(([n, d]) =>
        fc.tuple(
          fc.constant(d),
          fc.array(fc.integer({ min: -3, max: 3 }), { minLength: n * d, maxLength: n * d }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(matrices, fc.integer({ min: 1, max: 4 }), async ([d, values], k) => {
        const n = values.length / d;
        const unit = unitRows(Float32Array.from(values), [...new Array(n).keys()], d);
        const nRows = Math.ceil(n / 2);
        const { index, cosine } = await nearestRows(unit, { d, nRows, k });
        for (let i = 0; i < nRows; i++) {
          const cosines = [...new Array(n).keys()]
            .filter((j) => j !== i)
            .map((j) => {
              let sum = 0;
              for (let c = 0; c < d; c++) sum += unit[i * d + c]! * unit[j * d + c]!;
              return sum;
            })
            .sort((a, b) => b - a)
            .slice(0, k);
          const found = [...index.subarray(i * k, (i + 1) * k)].filter((j) => j >= 0);
          expect(new Set(found).size).toBe(cosines.length);
          expect(found).not.toContain(i);
          expect([...cosine.subarray(i * k, i * k + cosines.length)]).toBeClose(cosines, {
            absolute: 1e-5,
          });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the map of features', () => {
  test('is the same for the same seed, and lays together what points the same way', async () => {
    const [n, d, groups] = [120, 12, 6];
    const unit = groupedRows(n, d, groups);
    const [map, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => layOutFeatures(unit, { d, seed })),
    );
    expect(again).toEqual(map);
    expect(other).not.toEqual(map);
    const { x, y } = map!;
    const distance = (a: number, b: number): number => Math.hypot(x[a]! - x[b]!, y[a]! - y[b]!);
    let [within, between] = [0, 0];
    for (let i = groups; i < n; i++) {
      within += distance(i, i - groups);
      between += distance(i, i - 1);
    }
    expect(within).toBeLessThan(between / 2);
    for (const places of [x, y]) expect(places.every((at) => at >= 0 && at <= 1)).toBe(true);
  });

  test('takes rows that are equal, or all zeros, and none for fewer than three', async () => {
    for (const value of [0, 1]) {
      const unit = unitRows(new Float32Array(5 * 4).fill(value), [0, 1, 2, 3, 4], 4);
      const map = await layOutFeatures(unit, { d: 4, seed: 0 });
      expect([...map!.x, ...map!.y].every((at) => at >= 0 && at <= 1)).toBe(true);
    }
    expect(await layOutFeatures(new Float32Array(8), { d: 4, seed: 0 })).toBeUndefined();
  });

  test('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const unit = groupedRows(40, 4, 2);
    await expect(layOutFeatures(unit, { d: 4, seed: 0, signal })).rejects.toThrow('stopped');
  });
});

describe('the file of a map', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-map-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('gives it back for the same rows, latents and seed alone; damage is as none', async () => {
    const unit = groupedRows(4, 3, 2);
    const latents = [5, 2, 9, 1];
    const map = { x: Float32Array.of(0, 1, 0.5, 0.25), y: Float32Array.of(1, 0, 0.5, 0.75) };
    const key = mapKey(unit, latents, 3);
    expect(await readMap(folder, key)).toBeUndefined();
    await writeMap(folder, map, { latents, key });
    expect(await readMap(folder, key)).toEqual(map);
    expect(await readMap(folder, mapKey(unit, latents, 4))).toBeUndefined();
    expect(mapKey(unit, [2, 5, 9, 1], 3)).not.toBe(key);
    expect(
      mapKey(
        unit.map((v) => -v),
        latents,
        3,
      ),
    ).not.toBe(key);
    await writeFile(join(folder, MAP_FILE), 'x');
    expect(await readMap(folder, key)).toBeUndefined();
  });
});
