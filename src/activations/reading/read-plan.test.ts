import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { smallMetadata } from '../../../test/helpers/activation-data.ts';
import { shardFiles, shardGeometry } from '../shards/geometry.ts';
import { bufferBytes, fileOf, planReads, readsOf } from './read-plan.ts';
import { selectRows } from './selection.ts';

const metadata = smallMetadata({ layers: [1, 2, 3], nPatches: 5, maxTokensPerShard: 200 });
const geometry = shardGeometry(metadata);
const files = shardFiles(geometry, metadata.nExamples);

describe('planned reads', () => {
  test('CLS of one layer: one small read an example', () => {
    const plan = planReads(geometry, selectRows(metadata, { patches: 'cls', layer: 2 }), 0);
    expect(plan).toMatchObject({ isContiguous: false, stride: 4 });
    expect(plan.spans).toEqual([{ start: 6 * 16, length: 16 }]);
  });

  test('small gaps are read through, so that a run of examples is one read', () => {
    const plan = planReads(geometry, selectRows(metadata, { patches: 'cls', layer: 2 }));
    expect(plan.isContiguous).toBe(true);
    const run = { file: 0, inFile: files[0]!, first: 1, count: 3 };
    expect([...readsOf(plan, geometry, run)]).toEqual([
      {
        file: 0,
        position: geometry.exampleBytes + 96,
        length: 2 * geometry.exampleBytes + 16,
        to: 0,
      },
    ]);
  });

  test('whatever is selected and however gaps are joined, each source is where the plan says', () => {
    const choice = fc.record({
      patches: fc.constantFrom(
        'cls' as const,
        'patches' as const,
        'meanpool' as const,
        'all' as const,
      ),
      layer: fc.constantFrom(1, 2, 3, 'all' as const, 'meanpool' as const),
    });
    const disk = Float32Array.from({ length: geometry.shardBytes / 4 }, (_, i) => i);
    fc.assert(
      fc.property(choice, fc.constantFrom(0, 16, 64, 96, 1000), (what, maxGap) => {
        const selection = selectRows(metadata, what);
        const plan = planReads(geometry, selection, maxGap);
        const run = { file: 0, inFile: files[0]!, first: 2, count: 4 };
        const buffer = new Float32Array(bufferBytes(plan, run.count) / 4).fill(-1);
        for (const { position, length, to } of readsOf(plan, geometry, run)) {
          buffer.set(disk.subarray(position / 4, (position + length) / 4), to / 4);
        }
        for (let i = 0; i < run.count; i++) {
          selection.sources.forEach((source, k) => {
            const expected = (run.first + i) * (geometry.exampleBytes / 4) + source * 4;
            expect(buffer[i * plan.stride + plan.sourceAt[k]!]).toBe(expected);
          });
        }
      }),
    );
  });

  test('each example is found in its file', () => {
    const three = [
      { name: 'a', first: 0, count: 3 },
      { name: 'b', first: 3, count: 1 },
      { name: 'c', first: 4, count: 3 },
    ];
    expect([0, 2, 3, 4, 6].map((example) => fileOf(three, example))).toEqual([0, 0, 1, 2, 2]);
  });
});
