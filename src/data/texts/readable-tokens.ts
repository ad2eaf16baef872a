// Tokens as people can read them, parts of characters too.

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Write the bytes of a token as text; those that are no whole character as `\xE2`. */
export function readableBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at);
    text += character ?? `\\x${bytes[at]!.toString(16).toUpperCase().padStart(2, '0')}`;
    at += character === undefined ? 1 : encoder.encode(character).length;
  }
  return text;
}

/**
 * Give the text of each id: what the tokenizer calls it, but for tokens that are a part of a character, which are told
 * apart by their bytes.
 */
export function readableTokens(
  tokenizer: {
    tokenStrings(ids: ArrayLike<number>): string[];
    tokenBytes(id: number): Uint8Array;
  },
  ids: ArrayLike<number>,
): string[] {
  return tokenizer
    .tokenStrings(ids)
    .map((text, i) =>
      text.includes('\uFFFD') ? readableBytes(tokenizer.tokenBytes(ids[i]!)) : text,
    );
}

function characterAt(bytes: Uint8Array, at: number): string | undefined {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    return strict.decode(bytes.subarray(at, at + length));
  } catch {
    return undefined;
  }
}
