import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readableBytes, readableTokens } from './readable-tokens.ts';

test('whole characters are text, parts of them bytes', () => {
  expect(readableBytes(Uint8Array.of(0xe2, 0x96))).toBe('\\xE2\\x96');
  expect(readableBytes(Buffer.from('für 🌍'))).toBe('für 🌍');
  expect(
    readableBytes(Buffer.concat([Uint8Array.of(0x81), Buffer.from('ä'), Uint8Array.of(0xc3)])),
  ).toBe('\\x81ä\\xC3');
  expect(readableBytes(Uint8Array.of(0xff, 0x41))).toBe('\\xFFA');
});

test('any text in UTF-8 is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(readableBytes(new TextEncoder().encode(text))).toBe(text);
    }),
  );
});

test('a token that is whole is called as its tokenizer calls it, a replacement character of its own too', () => {
  const tokens = [' rifle', '\uFFFD', '\uFFFD'];
  const bytes = [Buffer.from(' rifle'), Uint8Array.of(0xf0, 0x9f), Buffer.from('\uFFFD')];
  const tokenizer = {
    tokenStrings: (ids: ArrayLike<number>) => Array.from(ids, (id) => tokens[id]!),
    tokenBytes: (id: number) => bytes[id]!,
  };
  expect(readableTokens(tokenizer, [0, 1, 2])).toEqual([' rifle', '\\xF0\\x9F', '\uFFFD']);
});
