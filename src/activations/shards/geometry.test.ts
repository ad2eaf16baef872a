import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { smallMetadata } from '../../../test/helpers/activation-data.ts';
import { byteOffset, nShardFiles, shardFiles, shardGeometry, shardName } from './geometry.ts';

describe('shard geometry', () => {
  test('ViT-L/14, one layer: the 10 GB files of the original', () => {
    const geometry = shardGeometry(
      smallMetadata({ layers: [-2], nPatches: 256, dModel: 1024, maxTokensPerShard: 2_400_000 }),
    );
    expect(geometry.examplesPerShard).toBe(9338);
    expect(geometry.shardBytes).toBe(9338 * 257 * 1024 * 4);
  });

  test('CLS takes a place only where there is one', () => {
    const sizes = { layers: [0], nPatches: 4, maxTokensPerShard: 20 };
    expect(shardGeometry(smallMetadata({ ...sizes, hasCls: true })).examplesPerShard).toBe(4);
    expect(shardGeometry(smallMetadata({ ...sizes, hasCls: false })).examplesPerShard).toBe(5);
  });

  test('an exact multiple leaves one more file, which holds nothing', () => {
    const geometry = shardGeometry(smallMetadata());
    expect(geometry.examplesPerShard).toBe(3);
    expect([0, 2, 3, 6, 7].map((n) => nShardFiles(geometry, n))).toEqual([1, 1, 2, 3, 3]);
    expect(shardFiles(geometry, 6).map(({ count }) => count)).toEqual([3, 3]);
    expect(shardName(12)).toBe('acts000012.bin');
  });

  test('every activation has a place of its own, and the places fill the files', () => {
    fc.assert(
      fc.property(
        fc.record({
          layers: fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 3 }),
          nPatches: fc.integer({ min: 1, max: 5 }),
          hasCls: fc.boolean(),
          dModel: fc.integer({ min: 1, max: 4 }),
          maxTokensPerShard: fc.integer({ min: 18, max: 60 }),
        }),
        (sizes) => {
          const geometry = shardGeometry(smallMetadata(sizes));
          const offsets = new Set<number>();
          for (let example = 0; example < geometry.examplesPerShard; example++) {
            for (let layer = 0; layer < geometry.nLayers; layer++) {
              for (let token = 0; token < geometry.nTokens; token++) {
                offsets.add(byteOffset(geometry, example, layer, token));
              }
            }
          }
          expect(offsets.size * geometry.dModel * 4).toBe(geometry.shardBytes);
          expect(Math.max(...offsets)).toBe(geometry.shardBytes - geometry.dModel * 4);
          // One more example would exceed the budget.
          const tokens = geometry.nLayers * geometry.nTokens;
          expect((geometry.examplesPerShard + 1) * tokens).toBeGreaterThan(sizes.maxTokensPerShard);
        },
      ),
    );
  });

  test('sizes beyond what a file can have are refused', () => {
    expect(() => shardGeometry(smallMetadata({ dModel: 1e15 }))).toThrow('invalid shard size');
    expect(() => shardFiles(shardGeometry(smallMetadata()), 1e12)).toThrow('unsupported number');
  });
});
