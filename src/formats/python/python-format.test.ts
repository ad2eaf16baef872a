import { describe, expect, it } from 'vitest';
import { formatShort } from './python-format.ts';

describe('a float with two significant digits', () => {
  it.each([
    [0.8468057513237, '0.85'],
    [7.570009231567383, '7.6'],
    [7, '7.0'],
    [9.94, '9.9'],
    [9.96, '1e+01'],
    [16.4, '1.6e+01'],
    [100, '1e+02'],
    [0.1, '0.1'],
    [0.00012, '0.00012'],
    [0.000999, '0.001'],
    [0.0000123, '1.2e-05'],
    [-0.25, '-0.25'],
    [0, '0.0'],
    [-0, '-0.0'],
    [1e300, '1e+300'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('%d is written as Python writes it', (value, expected) => {
    expect(formatShort(value, 2)).toBe(expected);
  });

  it('goes to the even digit from an exact tie', () => {
    expect(formatShort(0.125, 2)).toBe('0.12');
    expect(formatShort(0.375, 2)).toBe('0.38');
    expect(formatShort(2.25, 2)).toBe('2.2');
    expect(formatShort(1.15, 2)).toBe('1.1');
  });
});
