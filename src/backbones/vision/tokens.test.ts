import { describe, expect, it } from 'vitest';
import { patchTokens, putTokens, takeTokens } from './tokens.ts';

const shape = {
  nLayers: 1,
  dModel: 2,
  nHeads: 1,
  imageSize: 4,
  patchSize: 2,
  nPatches: 4,
  hasCls: true,
  nRegisters: 3,
};
const value = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 3, 2] };

describe('tokens of a run', () => {
  it('patches come after CLS and the registers', () => {
    expect(patchTokens(shape)).toEqual([4, 5, 6, 7]);
    expect(patchTokens({ ...shape, hasCls: false, nRegisters: 0 })).toEqual([0, 1, 2, 3]);
  });

  it('are taken image by image, in the order asked for', () => {
    expect([...takeTokens(value, [2, 0])]).toEqual([4, 5, 0, 1, 10, 11, 6, 7]);
  });

  it('are put where they were taken from, and nowhere else', () => {
    const rows = takeTokens(value, [1]).map((x) => -x);
    const changed = putTokens(value, [1], rows);
    expect([...changed.data]).toEqual([0, 1, -2, -3, 4, 5, 6, 7, -8, -9, 10, 11]);
    expect(value.data[2]).toBe(2);
  });

  it('that are not there are refused, as are rows that do not fit', () => {
    expect(() => takeTokens(value, [3])).toThrow('tokens 3 are not in a value of shape [2,3,2]');
    expect(() => takeTokens({ ...value, shape: [2, 6] }, [0])).toThrow('shape [2,6]');
    expect(() => putTokens(value, [1], new Float32Array(3))).toThrow('expected rows [2, 2]');
  });
});
