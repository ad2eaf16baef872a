import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, factsOf, golden, type TensorFacts } from '../../../fixtures/formats/expected.ts';
import { zipPieces } from '../zip/zip-write.ts';
import { readNpy, writeNpy } from './npy.ts';
import { type CsrMatrix, openNpz, readCsrNpz, writeCsrNpz, writeNpz } from './npz.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

const NAMES = ['f4', 'f8', 'f2', 'i8', 'i4', 'i1', 'u1', 'b1', 'scalar', 'empty'];

describe('npy', () => {
  test.each([...NAMES, 'fortran', 'version2', 'version3'])('%s.npy is read', async (name) => {
    const tensor = await readNpy(golden(`${name}.npy`));
    expect(factsOf(tensor)).toEqual(expected<TensorFacts>(`${name}.npy`));
  });

  test.each(NAMES)('%s.npy is written with the same bytes as NumPy writes', async (name) => {
    const path = join(folder, `${name}.npy`);
    await writeNpy(path, await readNpy(golden(`${name}.npy`)));
    expect(await readFile(path)).toEqual(await readFile(golden(`${name}.npy`)));
  });

  test('bfloat16 cannot be written', async () => {
    const tensor = { dtype: 'BF16', shape: [1], data: new Uint16Array(1) } as const;
    await expect(writeNpy(join(folder, 'bf16.npy'), tensor)).rejects.toThrow('unsupported dtype');
  });

  const header = (text: string, data = 8): Uint8Array => {
    const padded = text.padEnd(117);
    const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${padded}\n`, 'latin1');
    return Buffer.concat([start, Buffer.alloc(data)]);
  };
  test.each([
    ['an empty file', Buffer.alloc(0), 'does not start as one'],
    ['text', Buffer.from('1,2,3\n4,5,6\n'), 'does not start as one'],
    ['version 9', Buffer.from('\x93NUMPY\x09\x00\x00\x00\x00\x00', 'latin1'), 'version 9'],
    [
      'a huge header',
      Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'),
      'claims a header',
    ],
    ['a cut-off header', Buffer.from('\x93NUMPY\x01\x00\x76\x00{}', 'latin1'), 'are needed'],
    ['no dict', header('hello'), 'unsupported header'],
    [
      'Python objects',
      header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
      "unsupported npy dtype '|O'",
    ],
    [
      'big-endian data',
      header("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"),
      "unsupported npy dtype '>f4'",
    ],
    [
      'records',
      header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
      'unsupported header',
    ],
    [
      'too few elements',
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"),
      'its header says 140',
    ],
    [
      'a size beyond all memory',
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991,9,), }"),
      'invalid shape',
    ],
  ])('%s is refused', async (_, bytes, message) => {
    const path = join(folder, 'bad.npy');
    await writeFile(path, bytes);
    await expect(readNpy(path)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  });
});

describe('npz', () => {
  test.each(['arrays.npz', 'arrays-compressed.npz'])('%s is read', async (name) => {
    const file = await openNpz(golden(name));
    const facts = expected(name);
    expect([...file.names].sort()).toEqual(Object.keys(facts).sort());
    for (const array of file.names) expect(factsOf(await file.read(array))).toEqual(facts[array]);
    await expect(file.read('nope')).rejects.toThrow("unknown archive member: 'nope.npy'");
    await file.close();
  });

  test('arrays that are written read back', async () => {
    const path = join(folder, 'own.npz');
    const a = { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const;
    const b = { dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) } as const;
    await writeNpz(path, { a, 'ü/b': b });
    const file = await openNpz(path);
    expect(file.names).toEqual(['a', 'ü/b']);
    expect(await file.read('a')).toEqual(a);
    expect(await file.read('ü/b')).toEqual(b);
    await file.close();
  });

  test('a sparse matrix that SciPy wrote is read', async () => {
    const facts = expected<{ rows: number; columns: number; dense: number[] }>('sparse.npz');
    const matrix = await readCsrNpz(golden('sparse.npz'));
    expect([matrix.rows, matrix.columns]).toEqual([facts.rows, facts.columns]);
    expect([...dense(matrix)]).toEqual(facts.dense);
  });

  test('any sparse matrix reads back', async () => {
    const row = fc
      .uniqueArray(fc.nat(8), { maxLength: 9 })
      .map((columns) => columns.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 6 }), async (rows) => {
        const index = Uint32Array.from(rows.flat());
        let end = 0;
        const rowStart = Uint32Array.from([0, ...rows.map((columns) => (end += columns.length))]);
        const value = Float32Array.from(index, (column, i) => column - i / 3);
        const matrix = { rows: rows.length, columns: 9, rowStart, index, value };
        await writeCsrNpz(join(folder, 'own-sparse.npz'), matrix);
        expect(await readCsrNpz(join(folder, 'own-sparse.npz'))).toEqual(matrix);
      }),
      { numRuns: 20 },
    );
  });

  test('another sparse format is refused', async () => {
    await expect(readCsrNpz(golden('sparse-csc.npz'))).rejects.toThrow("format 'csc'");
  });

  test('indices that leave the matrix are refused', async () => {
    const matrix = {
      rows: 1,
      columns: 2,
      rowStart: Uint32Array.of(0, 1),
      index: Uint32Array.of(2),
      value: Float32Array.of(1),
    };
    await expect(writeCsrNpz(join(folder, 'x.npz'), matrix)).rejects.toThrow('disagree');
  });
});

describe('hostile archives', () => {
  const open = async (bytes: Uint8Array, member = 'a'): Promise<unknown> => {
    const path = join(folder, 'hostile.npz');
    await writeFile(path, bytes);
    const file = await openNpz(path);
    try {
      return await file.read(member);
    } finally {
      await file.close();
    }
  };
  const archive = (name: string, data: Uint8Array): Buffer =>
    Buffer.concat([...zipPieces([{ name, data: [data] }])]);
  /** Turn the only member of an archive, whose data is `packed`, into a deflated one that claims `size` bytes. */
  const deflated = (packed: Uint8Array, size: number): Buffer => {
    const bytes = archive('a.npy', packed);
    const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    for (const at of [8, directory + 10]) bytes.writeUInt16LE(8, at);
    for (const at of [22, directory + 24]) bytes.writeUInt32LE(size, at);
    return bytes;
  };

  test('a truncated archive is refused', async () => {
    const whole = await readFile(golden('arrays.npz'));
    for (const length of [0, 1, 100, whole.length - 1, whole.length - 22]) {
      await expect(open(whole.subarray(0, length), 'f4')).rejects.toMatchObject({
        name: 'UserError',
      });
    }
  });

  test('names that lead outside are refused', async () => {
    for (const name of ['../a.npy', '/a.npy', 'x/../../a.npy', 'C:/a.npy', '..\\a.npy']) {
      await expect(open(archive(name, new Uint8Array(8)))).rejects.toThrow('invalid zip archive');
    }
  });

  test('a member that claims an absurd size is refused before anything is unpacked', async () => {
    const packed = deflateRawSync(Buffer.alloc(1000));
    await expect(open(deflated(packed, 0xfffffff0))).rejects.toThrow('claims to hold 4294967280');
    await expect(open(deflated(packed, 2 ** 30))).rejects.toThrow('claims to hold 1073741824');
  });

  test('a bomb that unpacks to more than it claims is stopped', async () => {
    const packed = deflateRawSync(Buffer.alloc(50_000_000));
    await expect(open(deflated(packed, 1000))).rejects.toThrow('too many bytes');
  });

  test('a member that unpacks to less than it claims is refused', async () => {
    await expect(open(deflated(deflateRawSync(Buffer.alloc(10)), 500))).rejects.toMatchObject({
      name: 'UserError',
    });
  });

  test('twice the same name is refused', async () => {
    const twice = [1, 2].map((byte) => ({ name: 'a.npy', data: [Uint8Array.of(byte)] }));
    await expect(open(Buffer.concat([...zipPieces(twice)]))).rejects.toThrow("'a.npy' twice");
  });
});

function dense({ rows, columns, rowStart, index, value }: CsrMatrix): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = rowStart[row]!; i < rowStart[row + 1]!; i++)
      out[row * columns + index[i]!] = value[i]!;
  }
  return out;
}
