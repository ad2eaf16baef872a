import { describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { findBlas } from './blas.ts';

describe('findBlas', () => {
  it('refuses a library that is named and is not there, or is no BLAS', () => {
    expect(() => findBlas('/nope.so')).toThrow(UserError);
    expect(() => findBlas('/nope.so')).toThrow("cannot use '/nope.so' (SAEV_BLAS)");
    expect(() => findBlas('package.json')).toThrow(UserError);
  });

  it('finds nothing where none is wanted', () => {
    expect(findBlas('none')).toBeUndefined();
    expect(findBlas('wasm')).toBeUndefined();
  });
});
