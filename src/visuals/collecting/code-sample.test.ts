import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import {
  openSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../../formats/safetensors.ts';
import { readSample, sampleTensors } from '../feature-file/sample-tensors.ts';
import { createCodeSample } from './code-sample.ts';

const D_SAE = 5;
const folder = await mkdtemp(join(tmpdir(), 'saev-sample-'));
afterAll(() => rm(folder, { recursive: true }));
const path = join(folder, 'sample.safetensors');

const rows = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: D_SAE - 1 })), { maxLength: 30 });

/** Rows of codes that fire on the given features. */
function codesOf(fired: readonly (readonly number[])[]): SparseRows {
  const rowStart = Uint32Array.of(0, ...fired.map(({ length }) => length));
  for (let i = 1; i < rowStart.length; i++) rowStart[i]! += rowStart[i - 1]!;
  const index = Uint32Array.from(fired.flatMap((row) => [...row].sort()));
  return { columns: D_SAE, rowStart, index, value: Float32Array.from(index, (i) => i + 0.5) };
}

async function written(
  tensors: readonly (readonly [string, TensorToWrite])[],
): Promise<SparseRows | undefined> {
  await writeSafetensors(path, tensors, { metadata: {} });
  const file = await openSafetensors(path);
  return readSample(file, D_SAE).finally(() => file.close());
}

describe('a sample of codes', () => {
  test('is given back as it was seen, while there is room, and read back from a file', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (fired) => {
        const codes = codesOf(fired);
        const sample = createCodeSample(D_SAE);
        sample.observe(codes);
        expect(sample.codes()).toEqual(codes);
        expect(await written(sampleTensors(sample.codes()))).toEqual(codes);
      }),
      { numRuns: 30 },
    );
  });

  test('that was read back tells the same correlations', () => {
    const codes = codesOf([[0, 1], [1, 2], [0, 1, 3], [], [2, 3], [0]]);
    const [first, second] = [createCodeSample(D_SAE), createCodeSample(D_SAE)];
    first.observe(codes);
    second.observe(first.codes());
    for (let i = 0; i < D_SAE; i++) {
      expect(second.correlated(i, 3)).toEqual(first.correlated(i, 3));
    }
    expect(first.correlated(0, 1)[0]!.feature).toBe(1);
  });

  test('keeps no more entries than it has room for', () => {
    const sample = createCodeSample(D_SAE, { maxEntries: 20 });
    for (let i = 0; i < 50; i++) sample.observe(codesOf([[0, 1], [2]]));
    expect(sample.codes().index.length).toBeLessThanOrEqual(20);
    expect(sample.stride).toBeGreaterThan(4);
  });

  test('is absent from a file without one', async () => {
    const data = Float32Array.of(1);
    expect(await written([['other', { dtype: 'F32', shape: [1], data }]])).toBeUndefined();
    expect(sampleTensors(undefined)).toEqual([]);
  });

  test.each<[string, (tensors: Map<string, TensorToWrite>) => void]>([
    ['a missing part', (tensors) => tensors.delete('sample.value')],
    [
      'starts that go back',
      (tensors) => set(tensors, 'sample.start', BigInt64Array.of(0n, 2n, 1n, 3n)),
    ],
    [
      'an end beyond its entries',
      (tensors) => set(tensors, 'sample.start', BigInt64Array.of(0n, 9n)),
    ],
    [
      'a feature that is not there',
      (tensors) => set(tensors, 'sample.index', Int32Array.of(0, 7, 1)),
    ],
    ['a negative feature', (tensors) => set(tensors, 'sample.index', Int32Array.of(0, -1, 1))],
    ['fewer values', (tensors) => set(tensors, 'sample.value', Float32Array.of(1))],
  ])('with %s is refused', async (_, damage) => {
    const tensors = new Map(sampleTensors(codesOf([[0, 2], [], [1]])));
    damage(tensors);
    await expect(written([...tensors])).rejects.toThrow(/^invalid sample of codes in/);
  });
});

function set(
  tensors: Map<string, TensorToWrite>,
  name: string,
  data: BigInt64Array | Int32Array | Float32Array,
): void {
  const dtype = data instanceof BigInt64Array ? 'I64' : data instanceof Int32Array ? 'I32' : 'F32';
  tensors.set(name, { dtype, shape: [data.length], data });
}
