import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeatureColumns } from '../feature-page.ts';
import { packColumn, unpackFloats, unpackIndices } from './columns.ts';
import { packFeatures, unpackFeatures, wordLists } from './packed-index.ts';

describe('columns as text', () => {
  test('numbers come back as they were, to the bit', () => {
    fc.assert(
      fc.property(fc.float32Array(), (column) => {
        expect(unpackFloats(packColumn(column))).toEqual(column);
      }),
    );
    fc.assert(
      fc.property(fc.uint32Array(), (column) => {
        expect(unpackIndices(packColumn(column))).toEqual(column);
      }),
    );
  });

  test('are little-endian, and longer than one call takes arguments', () => {
    expect(packColumn(Uint32Array.of(1, 256))).toBe(btoa('\x01\0\0\0\0\x01\0\0'));
    expect(packColumn(new Float32Array(9).subarray(1, 2))).toBe(btoa('\0\0\0\0'));
    const long = Float32Array.from({ length: 100_003 }, (_, i) => i / 7);
    expect(unpackFloats(packColumn(long))).toEqual(long);
  });

  test('any text is read, or refused with a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        try {
          expect(unpackFloats(text).length % 1).toBe(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^a column is damaged: /);
        }
      }),
    );
  });
});

const float = fc.float({ noNaN: true }).map(Math.fround);
const features: fc.Arbitrary<FeatureColumns> = fc.nat(30).chain((n) => {
  const size = { minLength: n, maxLength: n };
  const floats = fc.float32Array({ ...size, noNaN: false });
  return fc.record({
    latent: fc.uint32Array(size),
    logFrequency: floats,
    logValue: floats,
    max: floats,
    percentile: floats,
    label: fc.array(fc.constantFrom('', 'cat', 'dog', '</script>', 'ümlaut'), size),
    labelShare: fc.array(float, size).map((list) => Float32Array.from(list)),
    words: fc.option(
      fc.array(fc.array(fc.constantFrom(' the', ' cat', '\x1f', '')), size).map(wordLists),
      { nil: undefined },
    ),
  });
}) as fc.Arbitrary<FeatureColumns>;

describe('features of a page as text', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(features, (columns) => {
        const written = JSON.stringify(packFeatures(columns));
        expect(unpackFeatures(JSON.parse(written))).toEqual(columns);
      }),
    );
  });

  test('damage is told in a sentence', () => {
    const columns: FeatureColumns = {
      latent: Uint32Array.of(3, 1),
      logFrequency: Float32Array.of(-1, Number.NaN),
      logValue: Float32Array.of(0, Number.NaN),
      max: Float32Array.of(1, 0),
      percentile: Float32Array.of(1, 0),
      label: ['cat', 'cat'],
      labelShare: Float32Array.of(1, 0),
      words: wordLists([['a'], ['b', 'a']]),
    };
    const packed = packFeatures(columns);
    for (const [change, message] of [
      [{ max: 'A' }, 'not base64'],
      [{ max: packColumn(Float32Array.of(1)) }, '2 features, 1 entries of max'],
      [{ label: { ...packed.label, index: packColumn(Uint32Array.of(0, 7)) } }, 'label'],
      [{ words: { ...packed.words!, start: packColumn(Uint32Array.of(0, 9, 3)) } }, 'words'],
    ] as const) {
      expect(() => unpackFeatures({ ...packed, ...change })).toThrow(message);
    }
  });
});
