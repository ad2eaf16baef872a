import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, factsOf, golden } from '../../../fixtures/formats/expected.ts';
import { pyFloat } from '../python/python-format.ts';
import { openSafetensors } from '../safetensors.ts';
import { bytesOf, type Dtype, elementCount, newArray, type TypedTensor } from '../tensor.ts';
import { zipPieces } from '../zip/zip-write.ts';
import { PyCall, PyGlobal, PyObject, PyPersistent, PyTuple } from './pickle-values.ts';
import { pickle } from './pickle-write.ts';
import { openTorchFile, torchToSafetensors } from './torch-file.ts';
import type { TorchDtype } from './torch-names.ts';
import { stateDictOf } from './torch-state-dict.ts';
import { contiguousStride, readTorchTensor, TorchTensor, torchView } from './torch-tensor.ts';
import {
  type TorchValue,
  writeTorchFile,
  writeTorchPickleGz,
  writeTorchTensor,
} from './torch-write.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-torch-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function temporary(bytes: Uint8Array, name = 'file.pt'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('reading torch files', () => {
  const files = ['tensors.pt', 'tensors-legacy.pt', 'tensors-protocol4.pt', 'tensors.pkl.gz'];
  test.each([...files, 'unsigned.pt', 'checkpoint.pth', 'script.pt'])(
    'every tensor of %s is read, whatever its dtype and strides',
    async (name) => {
      const file = await openTorchFile(golden(name));
      const tensors = stateDictOf(file.value, name);
      const facts = expected(name);
      expect([...tensors.keys()].sort()).toEqual(Object.keys(facts).sort());
      for (const [key, fact] of Object.entries(facts)) {
        expect(factsOf(await readTorchTensor(tensors.get(key)!)), key).toEqual(fact);
      }
      await file.close();
    },
  );

  test('a training checkpoint keeps its other values', async () => {
    const file = await openTorchFile(golden('checkpoint.pth'));
    const value = file.value as Map<string, unknown>;
    expect(value.get('epoch')).toBe(3);
    expect(value.get('big')).toBe(2n ** 70n);
    expect(value.get('set')).toEqual(new Set([1, 2]));
    expect(value.get('none')).toBeNull();
    expect(value.get('flag')).toBe(true);
    expect([...(value.get('bytes') as Uint8Array)]).toEqual([0, 255]);
    const args = value.get('args') as PyObject;
    expect(String(args.type)).toBe('argparse.Namespace');
    expect(args.state.get('lr')).toBe(0.001);
    expect(args.state.get('sizes')).toEqual([1, 2]);
    expect(args.state.get('shape')).toEqual([2, 3]);
    expect(args.state.get('device')).toBe('cpu');
    expect((args.state.get('dtype') as TorchDtype).name).toBe('float16');
    expect((args.state.get('path') as PyObject).args).toEqual(['a', 'b']);
    await file.close();
  });

  test.each([...files, 'script.pt'])('%s becomes a safetensors file', async (name) => {
    const path = join(folder, `${name}.safetensors`);
    await torchToSafetensors(golden(name), path);
    const file = await openSafetensors(path);
    for (const [key, fact] of Object.entries(expected(name))) {
      expect(factsOf(await file.read(key)), key).toEqual(fact);
    }
    expect(file.metadata).toEqual({ format: 'pt' });
    await file.close();
  });

  test('a file without tensors has no state dict', async () => {
    const path = join(folder, 'empty.pt');
    await writeTorchFile(path, new Map([['a', 1]]));
    await expect(torchToSafetensors(path, join(folder, 'x'))).rejects.toThrow('no state dict');
  });
});

describe('strided views', () => {
  test('any permutation, slice or repetition reads as its definition says', async () => {
    const axis = fc.record({ length: fc.nat(4), step: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { maxLength: 4 }), fc.nat(5), async (axes, offset) => {
        const shape = axes.map(({ length }) => length);
        const stride = axes.map(({ step }) => step);
        const reach = axes.reduce(
          (sum, { length, step }) => sum + Math.max(0, length - 1) * step,
          0,
        );
        const values = Float32Array.from({ length: offset + reach + 1 }, (_, i) => i);
        const tensor = torchView(
          { storage: storageOf(values), dtype: 'F32', shape, stride, offset },
          'test',
        );
        const { data } = await readTorchTensor(tensor);
        const steps = contiguousStride(shape);
        for (let i = 0; i < elementCount(shape); i++) {
          const at = shape.map((length, k) => Math.floor(i / steps[k]!) % length);
          expect(data[i]).toBe(at.reduce((sum, index, k) => sum + index * stride[k]!, offset));
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    [[3], [2], 0, 'past the end'],
    [[2], [1], 4, 'starting near the end'],
    [[2], [-1], 2, 'with a negative stride'],
    [[2], [1], -1, 'with a negative offset'],
    [[2, 2], [1], 0, 'with too few strides'],
    [[2.5], [1], 0, 'with half an element'],
    [[2 ** 30], [0], 0, 'repeating without end'],
    [[2 ** 40, 2 ** 40], [0, 0], 0, 'with more elements than numbers count'],
  ])('a view of shape %j, strides %j, offset %i, %s, is refused', (shape, stride, offset) => {
    const storage = storageOf(new Float32Array(4).fill(1));
    expect(() => torchView({ storage, dtype: 'F32', shape, stride, offset }, 'x')).toThrow(
      'does not fit 4 elements',
    );
  });
});

function storageOf(values: Float32Array): TorchTensor['storage'] {
  const bytes = bytesOf(values);
  return {
    dtype: 'F32',
    length: values.length,
    open: async () => ({
      name: 'memory',
      size: bytes.byteLength,
      async readInto(target, offset) {
        target.set(bytes.subarray(offset, offset + target.byteLength));
      },
      async close() {},
    }),
  };
}

describe('writing torch files', () => {
  const DTYPES: Dtype[] = ['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I16', 'I8', 'U8', 'BOOL'];
  const everyDtype = (): Map<string, TypedTensor> =>
    new Map(
      DTYPES.map((dtype, i) => {
        const data = newArray(dtype, 6);
        bytesOf(data).forEach((_, k, bytes) => {
          bytes[k] = dtype === 'BOOL' ? k % 2 : (i + k) % 120;
        });
        return [dtype, { dtype, shape: [2, 3], data }];
      }),
    );

  test.each([
    ['a zip archive', writeTorchFile, 'own.pt'],
    ['a gzipped pickle', writeTorchPickleGz, 'own.pkl.gz'],
  ])('%s reads back', async (_, write, name) => {
    const tensors = everyDtype();
    const config = new PyObject(
      new PyGlobal('pkg.config', 'Config'),
      [],
      new Map<string, unknown>([
        ['lr', pyFloat(1)],
        ['sizes', new PyTuple([1, -(2 ** 40)])],
        ['dtype', new PyGlobal('torch', 'float32')],
        ['names', ['a', null, true]],
        ['big', 2n ** 65n],
      ]),
    );
    const path = join(folder, name);
    await write(
      path,
      new Map<string, TorchValue>([
        ['cfg', config],
        ['state_dict', tensors],
      ]),
    );
    const file = await openTorchFile(path, { records: ['pkg.config.Config'] });
    const read = stateDictOf(file.value, name);
    for (const [key, tensor] of tensors) {
      expect(factsOf(await readTorchTensor(read.get(key)!))).toEqual(factsOf(tensor));
    }
    const { state } = (file.value as Map<string, unknown>).get('cfg') as PyObject;
    expect(state.get('lr')).toBe(1);
    expect(state.get('sizes')).toEqual([1, -(2 ** 40)]);
    expect(state.get('names')).toEqual(['a', null, true]);
    expect(state.get('big')).toBe(2n ** 65n);
    await file.close();
  });

  test('a single tensor may be the whole file', async () => {
    const path = join(folder, 'single.pt');
    await writeTorchFile(path, { dtype: 'F32', shape: [], data: Float32Array.of(4) });
    const file = await openTorchFile(path);
    expect(file.value).toBeInstanceOf(TorchTensor);
    expect([...(await readTorchTensor(file.value as TorchTensor)).data]).toEqual([4]);
    await file.close();
  });

  test('tensors start at multiples of 64 bytes', async () => {
    const path = join(folder, 'aligned.pt');
    const marks = [0xa1, 0xa2, 0xa3].map((byte) => new Uint8Array(5).fill(byte));
    await writeTorchFile(
      path,
      new Map(marks.map((data, i) => [`t${i}`, { dtype: 'U8', shape: [5], data } as const])),
    );
    const bytes = await readFile(path);
    for (const mark of marks) expect(bytes.indexOf(mark) % 64).toBe(0);
  });

  test('unsigned integers wider than a byte are refused', async () => {
    const tensor = { dtype: 'U32', shape: [1], data: new Uint32Array(1) } as const;
    await expect(writeTorchFile(join(folder, 'x.pt'), tensor)).rejects.toThrow('unsupported dtype');
  });
});

test('a tensor that is streamed has the bytes of one in memory, and another length is refused', async () => {
  const data = Float32Array.from({ length: 1200 }, Math.sin);
  const tensor = { dtype: 'F32', shape: [30, 40], data } as const;
  const bytes = bytesOf(data);
  const streamed = {
    ...tensor,
    async *pieces() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
  };
  const [whole, piecewise] = [join(folder, 'whole.pt'), join(folder, 'piecewise.pt')];
  await writeTorchFile(whole, tensor);
  await writeTorchTensor(piecewise, streamed);
  expect((await readFile(piecewise)).equals(await readFile(whole))).toBe(true);
  const short = writeTorchTensor(join(folder, 'short.pt'), { ...streamed, shape: [31, 40] });
  await expect(short).rejects.toThrow(RangeError);
});

describe('hostile and damaged torch files', () => {
  const refused = async (path: string, message: string): Promise<void> => {
    await expect(openTorchFile(path)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message),
    });
  };

  test.each([
    ['os.system', "cposix\nsystem\n(S'touch pwned'\ntR.", "'posix.system'"],
    ['eval', "c__builtin__\neval\n(S'1'\ntR.", "'builtins.eval'"],
    ['an instance of subprocess.Popen', "(S'ls'\nisubprocess\nPopen\n.", "'subprocess.Popen'"],
    ['a class found by getattr', 'cbuiltins\ngetattr\n.', "'builtins.getattr'"],
  ])('a pickle that would call %s is refused, naming it', async (_, text, name) => {
    const pickle = Buffer.concat([Buffer.from([0x80, 2]), Buffer.from(text, 'latin1')]);
    await refused(await temporary(pickle), name);
    await refused(await temporary(gzipSync(pickle)), name);
    const zip = [...zipPieces([{ name: 'archive/data.pkl', data: [pickle] }])];
    await refused(await temporary(Buffer.concat(zip)), name);
  });

  test('a class is refused unless the caller allows it', async () => {
    const path = join(folder, 'class.pt');
    await writeTorchFile(path, new PyObject(new PyGlobal('evil', 'Config')));
    await refused(path, "unsupported class 'evil.Config'");
    const file = await openTorchFile(path, { records: ['evil.Config'] });
    expect(file.value).toBeInstanceOf(PyObject);
    await file.close();
  });

  test.each(['tensors.pt', 'tensors-legacy.pt', 'tensors.pkl.gz'])(
    '%s cut off anywhere is refused or says so when read',
    async (name) => {
      const whole = await readFile(golden(name));
      for (let length = 0; length < whole.length; length += 97) {
        const path = await temporary(whole.subarray(0, length));
        await expect(
          torchToSafetensors(path, join(folder, 'cut')),
          `${length}`,
        ).rejects.toMatchObject({ name: 'UserError' });
      }
    },
  );

  test('random damage never escapes as another kind of error', async () => {
    const wholes = await Promise.all(
      ['tensors.pt', 'tensors-legacy.pt', 'tensors-protocol4.pt'].map((name) =>
        readFile(golden(name)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...wholes),
        fc.array(fc.tuple(fc.nat(2500), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        async (whole, changes) => {
          const damaged = Buffer.from(whole);
          for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
          const path = await temporary(damaged, 'damaged.pt');
          await torchToSafetensors(path, join(folder, 'damaged')).catch((error: Error) => {
            expect(error.name, error.stack).toBe('UserError');
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ['text', Buffer.from('hello world, this is no model'), 'unknown kind'],
    ['nothing', Buffer.alloc(0), 'unknown kind'],
    [
      'a zip without a pickle',
      Buffer.concat([...zipPieces([{ name: 'a', data: [Buffer.alloc(1)] }])]),
      'without data.pkl',
    ],
    [
      'an endless pile of marks',
      Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(5_000_000, '(')]),
      'nests too deeply',
    ],
    [
      'an endless stack',
      Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(5_000_000, 'N')]),
      'piles up',
    ],
    ['an endless integer', Buffer.from('\x80\x02\x8b\xff\xff\xff\x7f', 'latin1'), 'too long'],
    ['an unknown protocol', Buffer.from([0x80, 99, 0x4e, 0x2e]), 'unknown protocol 99'],
    ['an unknown opcode', Buffer.from([0x80, 2, 0xff]), 'unknown opcode 255'],
    ['a value from nowhere', Buffer.from([0x80, 2, 0x2e]), 'empty stack'],
    ['a forgotten memory', Buffer.from([0x80, 2, 0x68, 9, 0x2e]), 'no remembered value 9'],
  ])('%s is refused', async (_, bytes, message) => {
    await refused(await temporary(bytes), message);
  });

  test('storage keys cannot lead to other files', async () => {
    const storage = [
      'storage',
      new PyGlobal('torch', 'FloatStorage'),
      '../../etc/passwd',
      'cpu',
      1,
    ];
    const tensor = new PyCall(new PyGlobal('torch._utils', '_rebuild_tensor_v2'), [
      new PyPersistent(new PyTuple(storage)),
      0,
      new PyTuple([1]),
      new PyTuple([1]),
    ]);
    const zip = [...zipPieces([{ name: 'archive/data.pkl', data: [pickle(tensor)] }])];
    await refused(await temporary(Buffer.concat(zip)), "missing storage '../../etc/passwd'");
  });
});
