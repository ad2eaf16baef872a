import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lawOf, WorldConfig } from './config.ts';
import { type FeatureTree, forestOf } from './forest.ts';
import type { WorldLaw } from './law.ts';
import { upperQuantile, upperTail } from './normal-distribution.ts';
import { BLOCK_ROWS, rowDrawer } from './rows.ts';
import { assembleWorld, makeWorld, type SyntheticWorld } from './world.ts';
import { readWorld, writeWorldFiles } from './world-files.ts';

const LAW: WorldLaw = {
  ...lawOf(WorldConfig.parse({ nFeatures: 60, dModel: 7, roots: 4, depth: 2, rank: 2 })),
  seed: 5,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-synthetic-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every row that a law allows: which features fire on it. */
function firingRows(world: SyntheticWorld, blocks = 20): number[][] {
  const drawer = rowDrawer(world);
  return Array.from({ length: blocks }, (_, block) => {
    const { rowStart, index } = drawer.draw('rows', block).features;
    return Array.from({ length: BLOCK_ROWS }, (_, r) => [
      ...index.subarray(rowStart[r], rowStart[r + 1]),
    ]);
  }).flat();
}

describe('the upper tail of the normal distribution', () => {
  it('is turned back by its quantile', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 12, noNaN: true }), (z) => {
        expect(upperQuantile(upperTail(z))).toBeCloseTo(z, 6);
      }),
    );
    expect(upperQuantile(0)).toBe(Number.POSITIVE_INFINITY);
    expect(upperQuantile(1)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('rows', () => {
  it('are sums of directions and the bias', async () => {
    const world = await makeWorld(LAW);
    const { features, rows } = rowDrawer(world).draw('rows', 3);
    const { rowStart, index, value } = features;
    for (let r = 0; r < BLOCK_ROWS; r++) {
      const expected = Float64Array.from(world.bias);
      for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) {
        for (let j = 0; j < 7; j++)
          expected[j]! += value[e]! * world.directions[index[e]! * 7 + j]!;
      }
      for (let j = 0; j < 7; j++) expect(rows[r * 7 + j]).toBeCloseTo(expected[j]!, 4);
    }
  });

  it('are the same again, whichever were drawn before, and others in another stream', async () => {
    const world = await makeWorld(LAW);
    const [first, second] = [rowDrawer(world), rowDrawer(world)];
    first.draw('rows', 0);
    expect(first.draw('rows', 7).rows).toEqual(second.draw('rows', 7).rows);
    expect(first.draw('rows', 8).rows).not.toEqual(second.draw('rows', 7).rows);
    expect(first.draw('others', 7).rows).not.toEqual(second.draw('rows', 7).rows);
  });

  it('have no child without its parent, and no two rivals', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          roots: fc.integer({ min: 1, max: 8 }),
          branching: fc.integer({ min: 1, max: 4 }),
          depth: fc.integer({ min: 1, max: 3 }),
          rank: fc.integer({ min: 0, max: 3 }),
          exclusive: fc.constantFrom(0, 0.5, 1),
          seed: fc.integer({ min: 0, max: 1000 }),
        }),
        async (choice) => {
          const config = WorldConfig.parse({
            nFeatures: 90,
            dModel: 4,
            orthogonalSteps: 0,
            ...choice,
          });
          const world = await makeWorld(lawOf(config));
          const { parent, group } = world.forest;
          for (const firing of firingRows(world, 2)) {
            const there = new Set(firing);
            const groups = firing.map((i) => group[i]!).filter((g) => g >= 0);
            expect(firing).toEqual([...there].sort((a, b) => a - b));
            expect(firing.every((i) => parent[i]! < 0 || there.has(parent[i]!))).toBe(true);
            expect(new Set(groups).size).toBe(groups.length);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('heed trees that hold features together without one of their own', () => {
    const leaf = (feature: number): FeatureTree => {
      return { feature, children: [], exclusive: false, scales: false };
    };
    const trees = [{ children: [leaf(0), leaf(1)], exclusive: true, scales: true }];
    expect(forestOf(trees, 3)).toMatchObject({
      parent: Int32Array.of(-1, -1, -1),
      group: Int32Array.of(0, 0, -1),
      scaled: Uint8Array.of(0, 0, 0),
    });
    const law: WorldLaw = {
      ...LAW,
      nFeatures: 3,
      dModel: 2,
      firing: { kind: 'constant', probability: 0.9 },
      forest: undefined,
      correlation: undefined,
    };
    const world = assembleWorld(law, {
      directions: new Float32Array(6),
      bias: new Float32Array(2),
      trees,
      factors: undefined,
    });
    const rows = firingRows(world);
    const share = (i: number): number => rows.filter((row) => row.includes(i)).length / rows.length;
    expect(rows.every((row) => !(row.includes(0) && row.includes(1)))).toBe(true);
    // Each alone in 0.09 of the rows, and half of the 0.81 in which both would fire.
    expect(share(0)).toBeCloseTo(0.495, 1);
    expect(share(1)).toBeCloseTo(0.495, 1);
    expect(share(2)).toBeCloseTo(0.9, 1);
  });

  it('are none where nothing fires, and full where everything does', async () => {
    const plain = { ...LAW, forest: undefined, correlation: undefined };
    const of = (probability: number): WorldLaw => {
      return { ...plain, firing: { kind: 'constant', probability } };
    };
    const count = async (law: WorldLaw): Promise<number[]> =>
      firingRows(await makeWorld(law), 1).map((row) => row.length);
    expect(Math.max(...(await count(of(0))))).toBe(0);
    expect(Math.min(...(await count({ ...of(1), means: { kind: 'constant', value: 50 } })))).toBe(
      60,
    );
  });
});

describe('a folder of a world', () => {
  it('holds what was written', async () => {
    const world = await makeWorld(LAW);
    const to = join(folder, 'world');
    await writeWorldFiles(world, to);
    expect(await readWorld(to)).toEqual({ ...world, law: { ...world.law } });
    await expect(writeWorldFiles(world, to)).rejects.toThrow('something stands there');
  });

  it.each<[string, (config: Record<string, unknown>) => void, string]>([
    [
      'a setting of another version',
      (config) => (config.semantic_geometry = true),
      'semantic_geometry',
    ],
    [
      'another law of firing',
      (config) => (config.firing_probability = { generator_name: 'bursts' }),
      'firing_probability',
    ],
    [
      'another number of features',
      (config) => (config.num_features = 61),
      'feature_vectors is [60, 7]',
    ],
  ])('is refused with %s', async (_, change, message) => {
    const to = join(folder, message.slice(0, 9));
    await writeWorldFiles(await makeWorld(LAW), to);
    const path = join(to, 'synthetic_model_config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    change(config);
    await writeFile(path, JSON.stringify(config));
    await expect(readWorld(to)).rejects.toThrow(message);
  });

  it('is refused where trees name features that are not there, or too many generations', async () => {
    const to = join(folder, 'trees');
    await writeWorldFiles(await makeWorld(LAW), to);
    const write = (roots: unknown): Promise<void> =>
      writeFile(join(to, 'hierarchy.json'), JSON.stringify({ roots }));
    await write([{ feature_index: 99 }]);
    await expect(readWorld(to)).rejects.toThrow('feature 99 of 60');
    await write([{ feature_index: 1 }, { feature_index: 1 }]);
    await expect(readWorld(to)).rejects.toThrow('feature 1 twice');
    let deep: object = {};
    for (let i = 0; i < 500; i++) deep = { children: [deep] };
    await write([deep]);
    await expect(readWorld(to)).rejects.toThrow('generations');
    await expect(readWorld(join(folder, 'none'))).rejects.toThrow('missing synthetic model');
  });
});
