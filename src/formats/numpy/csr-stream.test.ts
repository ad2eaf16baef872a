import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCsrNpz, type StreamedCsr, writeStreamedCsr } from './csr-stream.ts';
import { type CsrMatrix, openNpz, readCsrNpz, writeNpz } from './npz.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-csr-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fixture = (name: string): string =>
  new URL(`../../../fixtures/${name}`, import.meta.url).pathname;

/** Any sparse matrix, and how many entries come at a time. */
const matrices = fc
  .record({
    columns: fc.integer({ min: 1, max: 9 }),
    dense: fc.array(
      fc.array(fc.constantFrom(0, 0, 1.5, -2, 0.25), { minLength: 9, maxLength: 9 }),
      {
        maxLength: 12,
      },
    ),
    piece: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ columns, dense, piece }) => {
    const rows = dense.map((row) => row.slice(0, columns));
    const entries = rows.flatMap((row) => [...row.entries()].filter(([, value]) => value !== 0));
    let at = 0;
    const counts = rows.map((row) => row.filter((value) => value !== 0).length);
    const matrix: CsrMatrix = {
      rows: rows.length,
      columns,
      rowStart: Uint32Array.from([0, ...counts.map((count) => (at += count))]),
      index: Uint32Array.from(entries, ([column]) => column),
      value: Float32Array.from(entries, ([, value]) => value),
    };
    return { matrix, piece };
  });

function streamed({ rows, columns, rowStart, index, value }: CsrMatrix, size: number): StreamedCsr {
  async function* cut<T extends Uint32Array | Float32Array>(values: T): AsyncGenerator<T> {
    for (let at = 0; at < values.length; at += size) yield values.slice(at, at + size) as T;
  }
  const counts = rowStart.slice(1).map((end, r) => end - rowStart[r]!);
  return {
    rows,
    columns,
    nonzeros: value.length,
    counts: () => cut(counts),
    indices: () => cut(index),
    values: () => cut(value),
  };
}

describe('writeStreamedCsr', () => {
  it('writes what comes back, whole and row by row', async () => {
    const path = join(folder, 'any.npz');
    await fc.assert(
      fc.asyncProperty(matrices, async ({ matrix, piece }) => {
        await writeStreamedCsr(path, streamed(matrix, piece));
        expect(await readCsrNpz(path)).toEqual(matrix);
        const file = await openCsrNpz(path);
        expect(await file.read(0, matrix.rows)).toEqual(matrix);
        const middle = Math.floor(matrix.rows / 2);
        const { rowStart, index } = await file.read(middle, matrix.rows);
        expect([...index]).toEqual([...matrix.index.subarray(matrix.rowStart[middle])]);
        expect(rowStart[0]).toBe(0);
        await expect(file.read(0, matrix.rows + 1)).rejects.toThrow(RangeError);
        await file.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('writeStreamedCsr of what 32 bits do not hold', () => {
  it('has indices of 64', async () => {
    const path = join(folder, 'wide.npz');
    const matrix: CsrMatrix = {
      rows: 2,
      columns: 2 ** 31 + 5,
      rowStart: Uint32Array.of(0, 1, 3),
      index: Uint32Array.of(7, 0, 2 ** 31 + 4),
      value: Float32Array.of(1, 2, 3),
    };
    await writeStreamedCsr(path, streamed(matrix, 2));
    const npz = await openNpz(path);
    expect((await npz.read('indptr')).dtype).toBe('I64');
    await npz.close();
    const file = await openCsrNpz(path);
    expect(await file.read(0, 2)).toEqual(matrix);
    await file.close();
  });
});

describe('openCsrNpz', () => {
  it('reads what SciPy compressed', async () => {
    const path = fixture('studies/inference/token_acts.npz');
    const file = await openCsrNpz(path);
    expect(await file.read(0, file.rows)).toEqual(await readCsrNpz(path));
    await file.close();
  });

  it('sorts columns, joins those named twice and drops zeros', async () => {
    const path = join(folder, 'untidy.npz');
    const i32 = (...data: number[]) =>
      ({ dtype: 'I32', shape: [data.length], data: Int32Array.from(data) }) as const;
    await writeNpz(path, {
      format: { dtype: 'U8', shape: [3], data: new TextEncoder().encode('csr') },
      shape: { dtype: 'I64', shape: [2], data: BigInt64Array.of(2n, 4n) },
      indptr: i32(0, 4, 5),
      indices: i32(3, 1, 3, 0, 2),
      data: { dtype: 'F64', shape: [5], data: Float64Array.of(1, 2, 4, 0, 8) },
    });
    const file = await openCsrNpz(path);
    expect(await file.read(0, 2)).toEqual({
      rows: 2,
      columns: 4,
      rowStart: Uint32Array.of(0, 2, 3),
      index: Uint32Array.of(1, 3, 2),
      value: Float32Array.of(2, 5, 8),
    });
    await file.close();
  });

  it('refuses what is no CSR matrix, cut short, or points outside itself', async () => {
    await expect(openCsrNpz(fixture('formats/sparse-csc.npz'))).rejects.toThrow(
      "unsupported sparse format 'csc'",
    );
    await expect(openCsrNpz(fixture('formats/arrays.npz'))).rejects.toThrow(
      "invalid sparse matrix: no 'format', 'shape', 'indptr', 'indices', 'data' in",
    );
    const cut = join(folder, 'cut.npz');
    await writeFile(cut, await readFile(fixture('studies/inference/token_acts.npz')));
    await truncate(cut, 700);
    await expect(openCsrNpz(cut)).rejects.toThrow('invalid zip archive');
    const path = join(folder, 'outside.npz');
    const matrix: CsrMatrix = {
      rows: 1,
      columns: 4,
      rowStart: Uint32Array.of(0, 1),
      index: Uint32Array.of(7),
      value: Float32Array.of(1),
    };
    await writeStreamedCsr(path, streamed(matrix, 1));
    const file = await openCsrNpz(path);
    await expect(file.read(0, 1)).rejects.toThrow('invalid sparse matrix: a column beyond 4');
    await file.close();
  });
});
