import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, factsOf, golden } from '../../fixtures/formats/expected.ts';
import { openSafetensors, type TensorToWrite, writeSafetensors } from './safetensors.ts';
import { openSafetensorsModel } from './safetensors-model.ts';
import { bytesOf, type Dtype, elementCount, newArray } from './tensor.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with the given header and `data` after it. */
async function fileWith(header: unknown, data: Uint8Array = new Uint8Array(8)): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  const path = join(folder, `${Math.random()}.safetensors`);
  await writeFile(path, Buffer.concat([length, json, data]));
  return path;
}

const f32 = (shape: number[], start: number, end: number): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('reading safetensors', () => {
  test('every dtype that Python wrote is read', async () => {
    const file = await openSafetensors(golden('tensors.safetensors'));
    const facts = expected('tensors.safetensors');
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(facts).sort());
    for (const [name, fact] of Object.entries(facts)) {
      expect(factsOf(await file.read(name)), name).toEqual(fact);
    }
    expect(file.metadata).toEqual({ format: 'pt', note: 'ü' });
    await file.close();
  });

  test('each entry gives the range of its bytes in the file', async () => {
    const path = golden('tensors.safetensors');
    const file = await openSafetensors(path);
    const bytes = await readFile(path);
    for (const [name, fact] of Object.entries(expected('tensors.safetensors'))) {
      const { offset, byteLength } = file.tensors.get(name)!;
      expect(bytes.subarray(offset, offset + byteLength).toString('hex')).toBe(fact.hex);
    }
    await file.close();
  });

  test('elements are read from anywhere in a tensor, and none beyond it', async () => {
    const path = join(folder, 'elements.safetensors');
    await writeSafetensors(path, [
      ['first', { dtype: 'I64', shape: [2], data: BigInt64Array.of(7n, -8n) }],
      ['second', { dtype: 'I32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 5, 6) }],
    ]);
    const file = await openSafetensors(path);
    expect(await file.readElements('second', 2, new Int32Array(3))).toEqual(Int32Array.of(3, 4, 5));
    expect(await file.readElements('second', 6, new Uint32Array(0))).toEqual(new Uint32Array(0));
    expect(await file.readElements('first', 1, new BigInt64Array(1))).toEqual(
      BigInt64Array.of(-8n),
    );
    await expect(file.readElements('second', 4, new Int32Array(3))).rejects.toThrow(RangeError);
    await expect(file.readElements('second', -1, new Int32Array(1))).rejects.toThrow(RangeError);
    await expect(file.readElements('first', 0, new Int32Array(1))).rejects.toThrow(TypeError);
    await expect(file.readElements('third', 0, new Int32Array(1))).rejects.toThrow(
      'unknown tensor',
    );
    await file.close();
  });

  test('the bytes of a tensor come piece by piece', async () => {
    const file = await openSafetensors(golden('tensors.safetensors'));
    for (const [name, fact] of Object.entries(expected('tensors.safetensors'))) {
      let hex = '';
      for await (const piece of file.pieces(name)) hex += Buffer.from(piece).toString('hex');
      expect(hex).toBe(fact.hex);
    }
    await file.close();
  });

  test('readFloat32 widens every dtype', async () => {
    const file = await openSafetensors(golden('tensors.safetensors'));
    expect([...(await file.readFloat32('i16'))]).toEqual([-300, 300]);
    expect([...(await file.readFloat32('bool'))]).toEqual([1, 0, 1]);
    expect([...(await file.readFloat32('i64'))]).toEqual([-(2 ** 62), 0, 2 ** 53]);
    const { data } = await file.read('f64');
    expect(await file.readFloat32('f64')).toEqual(Float32Array.from(data as Float64Array));
    await file.close();
  });

  test('an unknown tensor is named with its neighbours', async () => {
    const file = await openSafetensors(golden('tensors.safetensors'));
    await expect(file.read('scalr')).rejects.toThrow("unknown tensor: 'scalr'");
    await file.close();
  });

  const bad: [string, () => Promise<string>, string][] = [
    ['no file', async () => join(folder, 'absent'), 'missing safetensors file'],
    ['a folder', async () => folder, 'is not a file'],
    ['an empty file', () => rawFile(new Uint8Array(0)), 'only 0 bytes'],
    ['a header length of 2^60', () => rawFile(lengthOnly(2n ** 60n)), 'claims a header'],
    ['a header longer than the file', () => rawFile(lengthOnly(100n)), 'claims a header of 100'],
    ['a header that is not JSON', () => fileWith('{"a": '), 'not JSON'],
    ['a header that is not UTF-8', () => rawFile(lengthOnly(8n, 0xff)), 'not JSON'],
    ['a header that is a list', () => fileWith([]), 'not an object'],
    ['an entry that is a number', () => fileWith({ a: 1 }), 'not an object'],
    ['metadata that is not text', () => fileWith({ __metadata__: { a: 1 } }), "metadata 'a'"],
    [
      'an unknown dtype',
      () => fileWith({ a: { dtype: 'F3', shape: [2], data_offsets: [0, 8] } }),
      'unsupported dtype "F3"',
    ],
    ['a negative size', () => fileWith({ a: f32([-2], 0, 8) }), 'invalid shape [-2]'],
    [
      'a size that overflows',
      () => fileWith({ a: f32([2 ** 40, 2 ** 40], 0, 8) }),
      'invalid shape',
    ],
    ['a shape that is text', () => fileWith({ a: f32('2' as never, 0, 8) }), 'invalid shape "2"'],
    ['a range of the wrong length', () => fileWith({ a: f32([2], 0, 4) }), 'takes 8 bytes'],
    ['a range that runs backwards', () => fileWith({ a: f32([2], 8, 0) }), 'invalid offsets [8,0]'],
    ['a negative offset', () => fileWith({ a: f32([2], -8, 0) }), 'invalid offsets [-8,0]'],
    ['missing offsets', () => fileWith({ a: { dtype: 'F32', shape: [2] } }), 'invalid offsets'],
    [
      'overlapping tensors',
      () => fileWith({ a: f32([2], 0, 8), b: f32([1], 4, 8) }),
      "'b' that overlaps",
    ],
    [
      'two tensors on one range',
      () => fileWith({ a: f32([2], 0, 8), b: f32([2], 0, 8) }),
      'overlaps',
    ],
    ['a gap', () => fileWith({ a: f32([1], 0, 4), b: f32([1], 8, 12) }), 'gap of 4 bytes'],
    ['truncated data', () => fileWith({ a: f32([4], 0, 16) }), 'is truncated'],
    ['data that no tensor claims', () => fileWith({ a: f32([1], 0, 4) }), '4 bytes after'],
  ];
  test.each(bad)('%s is refused', async (_, make, message) => {
    await expect(openSafetensors(await make())).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  });
});

async function rawFile(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${Math.random()}.safetensors`);
  await writeFile(path, bytes);
  return path;
}

function lengthOnly(length: bigint, fill = 0x20): Uint8Array {
  const bytes = Buffer.alloc(16, fill);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

describe('writing safetensors', () => {
  const dtypes: Dtype[] = [
    'F64',
    'F32',
    'F16',
    'BF16',
    'I64',
    'U64',
    'I32',
    'U32',
    'I16',
    'U16',
    'I8',
    'U8',
    'BOOL',
  ];
  const tensor = fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 }), fc.nat(255))
    .map(([dtype, shape, seed]): TensorToWrite & { data: ReturnType<typeof newArray> } => {
      const data = newArray(dtype, elementCount(shape));
      bytesOf(data).forEach((_, i, bytes) => {
        bytes[i] = (seed + 37 * i) % 256;
      });
      return { dtype, shape, data };
    });

  test('any tensors read back, aligned to their dtype', async () => {
    const path = join(folder, 'round-trip.safetensors');
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), tensor),
        async (tensors) => {
          await writeSafetensors(path, Object.entries(tensors), { metadata: { a: 'é' } });
          const file = await openSafetensors(path);
          expect(file.tensors.size).toBe(Object.keys(tensors).length);
          for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
            expect(factsOf(await file.read(name))).toEqual(factsOf({ dtype, shape, data }));
            expect(file.tensors.get(name)!.offset % data.BYTES_PER_ELEMENT).toBe(0);
          }
          expect(file.metadata).toEqual({ a: 'é' });
          await file.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('bytes may come in pieces when their turn comes', async () => {
    const path = join(folder, 'pieces.safetensors');
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1, 2);
      yield Uint8Array.of(3);
    };
    await writeSafetensors(path, [['a', { dtype: 'U8', shape: [3], data: pieces }]]);
    const file = await openSafetensors(path);
    expect([...(await file.read('a')).data]).toEqual([1, 2, 3]);
    await file.close();
  });

  test('a failure half-way leaves the old file and no other', async () => {
    const path = join(folder, 'sub', 'kept.safetensors');
    await writeSafetensors(path, [['a', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }]]);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new Error('power cut');
    };
    const write = writeSafetensors(path, [['b', { dtype: 'U8', shape: [2], data: broken }]]);
    await expect(write).rejects.toThrow('power cut');
    expect(await readdir(join(folder, 'sub'))).toEqual(['kept.safetensors']);
    const file = await openSafetensors(path);
    expect([...(await file.read('a')).data]).toEqual([7]);
    await file.close();
  });

  test('data that does not fill its shape is refused', async () => {
    const path = join(folder, 'refused.safetensors');
    const data = new Float32Array(3);
    await expect(
      writeSafetensors(path, [['a', { dtype: 'F32', shape: [2], data }]]),
    ).rejects.toThrow('3 elements for shape [2]');
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('sharded models', () => {
  const one = (value: number): TensorToWrite => ({
    dtype: 'F32',
    shape: [1],
    data: Float32Array.of(value),
  });

  test('an index joins its files', async () => {
    const root = await mkdtemp(join(folder, 'model-'));
    await writeSafetensors(join(root, 'a.safetensors'), [['x', one(1)]]);
    await writeSafetensors(join(root, 'b.safetensors'), [
      ['y', one(2)],
      ['z', one(3)],
    ]);
    const index = join(root, 'model.safetensors.index.json');
    const weights = { x: 'a.safetensors', y: 'b.safetensors', z: 'b.safetensors' };
    await writeFile(index, JSON.stringify({ metadata: {}, weight_map: weights }));
    const model = await openSafetensorsModel(index);
    expect([...model.tensors.keys()]).toEqual(['x', 'y', 'z']);
    expect(model.tensors.get('y')!.path).toBe(join(root, 'b.safetensors'));
    expect([...(await model.readFloat32('z'))]).toEqual([3]);
    await expect(model.read('w')).rejects.toThrow("unknown tensor: 'w'");
    await model.close();
  });

  test.each([
    [{ x: '../outside.safetensors' }, 'leads outside'],
    [{ x: '/etc/passwd' }, 'leads outside'],
    [{ x: 'absent.safetensors' }, 'missing safetensors file'],
    [{ q: 'a.safetensors' }, "missing tensor 'q'"],
    [{ x: 3 }, "no file name for 'x'"],
    [undefined, 'no weight_map'],
  ])('the index %j is refused', async (weights, message) => {
    const root = await mkdtemp(join(folder, 'model-'));
    await writeSafetensors(join(root, 'a.safetensors'), [['x', one(1)]]);
    const index = join(root, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ weight_map: weights }));
    await expect(openSafetensorsModel(index)).rejects.toThrow(message);
  });
});
