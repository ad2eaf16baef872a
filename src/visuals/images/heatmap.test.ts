import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../../formats/safetensors.ts';
import { PLASMA } from '../../pages/plasma.ts';
import { addHighlights } from './heatmap.ts';

const golden = await openSafetensors('fixtures/visuals/heatmaps.safetensors');

describe('heat maps', () => {
  test.each([1, 4, 5, 7])('%i × %i patches equal the original, byte for byte', async (side) => {
    const { shape, data } = await golden.read(`${side}.image`);
    const upper = (await golden.read(`${side}.upper`)).data[0] as number;
    const patches = await golden.readFloat32(`${side}.patches`);
    const expected = (await golden.read(`${side}.out`)).data as Uint8Array;
    const image = { width: shape[1]!, height: shape[0]!, data: data as Uint8Array };
    const out = addHighlights(image, patches, { upper });
    for (let pixel = 0; pixel < image.width * image.height; pixel++) {
      for (let c = 0; c < 3; c++) {
        if (out.data[pixel * 3 + c] !== expected[pixel * 4 + c]) {
          expect.fail(`pixel ${pixel}, channel ${c}`);
        }
      }
    }
  });

  test('the picture underneath is not changed', () => {
    const image = { width: 2, height: 2, data: new Uint8Array(12) };
    const out = addHighlights(image, [1], { upper: 1 });
    expect(image.data.every((byte) => byte === 0)).toBe(true);
    expect(out.data.some((byte) => byte > 0)).toBe(true);
  });

  test('patches of value 0 leave the picture as it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (data) => {
        const image = { width: 4, height: 4, data };
        expect(addHighlights(image, new Float32Array(4), { upper: 2 }).data).toEqual(data);
      }),
    );
  });

  test('pixels that no patch covers keep their colour', () => {
    const image = { width: 8, height: 8, data: new Uint8Array(192).fill(9) };
    const { data } = addHighlights(image, new Float32Array(9).fill(1), { upper: 1 });
    expect([...data.subarray(7 * 3, 8 * 3)]).toEqual([9, 9, 9]);
    expect(data[6 * 3]).not.toBe(9);
  });

  test('a number of patches that is not square is refused', () => {
    const image = { width: 4, height: 4, data: new Uint8Array(48) };
    for (const n of [0, 2, 15]) {
      expect(() => addHighlights(image, new Float32Array(n), { upper: 1 })).toThrow(/square/);
    }
  });

  test('plasma has 256 colours from dark blue to yellow', () => {
    expect(PLASMA).toHaveLength(768);
    expect([...PLASMA.subarray(0, 3)]).toEqual([12, 7, 135]);
    expect([...PLASMA.subarray(765)]).toEqual([240, 249, 33]);
  });
});
