// MAT-files as scipy writes them, and what scipy reads of them (fixtures/formats/make_mat.py).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { bytesSource } from '../byte-source.ts';
import { readMat, readMatFrom } from './mat-file.ts';

const at = (name: string): string =>
  new URL(`../../../fixtures/formats/mat/${name}`, import.meta.url).pathname;

interface Facts {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: string[];
}

const known = JSON.parse(readFileSync(at('mat.json'), 'utf8')) as Record<
  string,
  Record<string, Facts>
>;

const DTYPES: Readonly<Record<string, string>> = {
  f8: 'F64',
  f4: 'F32',
  i1: 'I8',
  u1: 'U8',
  i2: 'I16',
  u2: 'U16',
  i4: 'I32',
  u4: 'U32',
  i8: 'I64',
  u8: 'U64',
};

describe.each(Object.entries(known))('%s', (name, facts) => {
  it('holds what scipy reads of it', async () => {
    const variables = await readMat(at(name));
    expect([...variables.keys()]).toEqual(Object.keys(facts));
    for (const [key, { dtype, shape, values }] of Object.entries(facts)) {
      const read = variables.get(key)!.read();
      expect({ dtype: read.dtype, shape: read.shape }, key).toEqual({
        dtype: DTYPES[dtype],
        shape,
      });
      const isBig = read.data instanceof BigInt64Array || read.data instanceof BigUint64Array;
      const numbers = values.map((text) =>
        isBig ? BigInt(text) : Number(text.replace('inf', 'Infinity')),
      );
      expect([...read.data], key).toEqual(numbers);
    }
  });
});

it.each(['others.mat', 'others-compressed.mat'])('%s: what is not read is named', async (name) => {
  const variables = await readMat(at(name));
  const refusals = [...variables].map(([key, variable]) => {
    try {
      variable.read();
      return 'read';
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return `${key}: ${/class '([^']*)'/.exec((error as Error).message)?.[1]}`;
    }
  });
  expect(refusals.sort()).toEqual([
    'cells: cell',
    'imaginary: complex double',
    'record: struct',
    'sparse: sparse',
    'word: char',
  ]);
});

describe('other files', () => {
  it('of level 4 and 7.3 are named', async () => {
    await expect(readMat(at('level4.mat'))).rejects.toThrow('is of level 4');
    const hdf = Buffer.alloc(600);
    hdf.write('MATLAB 7.3 MAT-file, Platform: GLNXA64');
    await expect(readMatFrom(bytesSource(hdf, 'new.mat'))).rejects.toThrow('is of level 7.3');
  });

  it.each(['kinds.mat', 'kinds-compressed.mat'])('%s is refused where it is cut', async (name) => {
    const bytes = readFileSync(at(name));
    for (let length = 0; length < bytes.byteLength; length += 7) {
      try {
        const cut = await readMatFrom(bytesSource(bytes.subarray(0, length), 'cut.mat'));
        // Between two variables nobody can tell.
        expect(cut.size).toBeLessThan(12);
        for (const variable of cut.values()) variable.read();
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });

  it('that are changed are read or refused, never worse', async () => {
    const bytes = readFileSync(at('kinds.mat'));
    for (let i = 0; i < bytes.byteLength; i += 3) {
      const changed = Buffer.from(bytes);
      changed[i] = 255 - changed[i]!;
      try {
        for (const variable of (await readMatFrom(bytesSource(changed, 'odd.mat'))).values())
          variable.read();
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });
});
