import { describe, expect, test } from 'vitest';
import { expected } from '../../fixtures/formats/expected.ts';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from './half.ts';

const facts = expected<Record<'float32' | 'float16' | 'bfloat16', string>>('half');
const bytes = (hex: string): ArrayBuffer => Uint8Array.from(Buffer.from(hex, 'hex')).buffer;
const bits = (hex: string): Uint16Array => new Uint16Array(bytes(hex));
const floats = new Float32Array(bytes(facts.float32));
const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);

describe('16-bit floats', () => {
  test('float32 rounds to float16 and bfloat16 as torch rounds it', () => {
    expect(float32ToFloat16(floats)).toEqual(bits(facts.float16));
    expect(float32ToBfloat16(floats)).toEqual(bits(facts.bfloat16));
  });

  test.each([
    ['float16', float16ToFloat32, float32ToFloat16, 0x7c00],
    ['bfloat16', bfloat16ToFloat32, float32ToBfloat16, 0x7f80],
  ])('every %s pattern survives the way to float32 and back', (_, widen, narrow, infinity) => {
    const back = narrow(widen(patterns));
    const isNan = (pattern: number): boolean => (pattern & 0x7fff) > infinity;
    const changed = patterns.filter((pattern) =>
      isNan(pattern) ? !isNan(back[pattern]!) : back[pattern] !== pattern,
    );
    expect([...changed]).toEqual([]);
  });

  test('known float16 values', () => {
    const values = float16ToFloat32(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00));
    expect([...values]).toEqual([1, -2, 65_504, 2 ** -24, -0, Number.POSITIVE_INFINITY]);
  });

  test('NaN stays NaN', () => {
    const nan = Float32Array.of(Number.NaN);
    expect(float16ToFloat32(float32ToFloat16(nan))[0]).toBeNaN();
    expect(bfloat16ToFloat32(float32ToBfloat16(nan))[0]).toBeNaN();
  });
});
