import { describe, expect, test } from 'vitest';
import { bytesSource, partOf, readBytes, readPieces } from './byte-source.ts';
import { byteViews, checkShape, elementCount, isDtype, readElements, toFloat32 } from './tensor.ts';

describe('tensors', () => {
  test('an array longer than 1 GiB is seen in pieces', () => {
    const array = new Float64Array(2 ** 27 + 3);
    const views = [...byteViews(array.subarray(1))];
    expect(views.map(({ byteLength }) => byteLength)).toEqual([2 ** 30, 16]);
    expect(views.map(({ byteOffset }) => byteOffset)).toEqual([8, 2 ** 30 + 8]);
  });

  test('elements are read into part of an array and no further', async () => {
    const array = new Uint16Array(4);
    const source = bytesSource(Uint8Array.of(9, 1, 0, 2, 0));
    await readElements(source, array.subarray(1, 3), 1);
    expect([...array]).toEqual([0, 1, 2, 0]);
  });

  test('wide integers round to the nearest float32', () => {
    const values = BigInt64Array.of(2n ** 62n + 1n, -3n);
    expect([...toFloat32('I64', values)]).toEqual([2 ** 62, -3]);
  });

  test('only known dtypes and countable shapes pass', () => {
    expect(isDtype('BF16')).toBe(true);
    for (const name of ['bf16', 'F8', 'toString', 3, null]) expect(isDtype(name)).toBe(false);
    expect(elementCount(checkShape([], 'x'))).toBe(1);
    expect(elementCount(checkShape([3, 0, 2], 'x'))).toBe(0);
    for (const shape of [[1.5], [-1], ['2'], 4, null, [2 ** 30, 2 ** 30]]) {
      expect(() => checkShape(shape, "'x'")).toThrow("of 'x'");
    }
  });
});

describe('byte sources', () => {
  const source = bytesSource(
    Uint8Array.from({ length: 10 }, (_, i) => i),
    'ten',
  );

  test('a part starts at 0 and ends where it ends', async () => {
    const part = partOf(source, 3, 7);
    expect([...(await readBytes(part, 1, 3))]).toEqual([4, 5, 6]);
    for (const [offset, length] of [
      [2, 3],
      [-1, 2],
      [5, 1],
      [0, -1],
    ] as const) {
      await expect(readBytes(part, offset, length)).rejects.toThrow("'ten' is 4 bytes long");
    }
  });

  test('pieces follow one another without gap or overlap', async () => {
    const seen: number[] = [];
    for await (const piece of readPieces(source, 2, 9, 3)) seen.push(...piece);
    expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });
});
