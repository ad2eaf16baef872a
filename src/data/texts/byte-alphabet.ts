// The alphabet of byte-level tokenizers: GPT-2's encoder.py gives each byte a printable character, so that tokens can be
// written as text.

const FIRST_SPARE = 0x100;

/** Character of each byte: itself where it prints, else one from U+0100 on, in order. */
export const CHARACTER_OF_BYTE: readonly string[] = alphabet();

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  CHARACTER_OF_BYTE.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

/**
 * Turn a token as it is written in a vocabulary into its bytes. One with a character outside the alphabet stands for
 * itself, as added tokens like `' '.repeat(4)` do; so does Python's ByteLevel decoder.
 */
export function tokenToBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function alphabet(): string[] {
  let spare = FIRST_SPARE;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(prints(byte) ? byte : spare++),
  );
}

function prints(byte: number): boolean {
  return (
    (byte >= 0x21 && byte <= 0x7e) ||
    (byte >= 0xa1 && byte <= 0xac) ||
    (byte >= 0xae && byte <= 0xff)
  );
}
