// Columns of numbers as text: base64 of their bytes, little-endian, on any machine. Without Node: the page reads them, too.

/** Characters made at a time: a call takes so many arguments. */
const PART = 2 ** 15;

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Write numbers as base64 of little-endian float32 or uint32. */
export function packColumn(column: Float32Array | Uint32Array): string {
  const bytes = inOrder(new Uint8Array(column.slice().buffer));
  let text = '';
  for (let start = 0; start < bytes.length; start += PART) {
    text += String.fromCharCode(...bytes.subarray(start, start + PART));
  }
  return btoa(text);
}

/**
 * Read float32 numbers that {@link packColumn} wrote.
 *
 * @throws {RangeError} when the text is damaged.
 */
export function unpackFloats(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(bytesOf(text).buffer);
}

/**
 * Read uint32 numbers that {@link packColumn} wrote.
 *
 * @throws {RangeError} when the text is damaged.
 */
export function unpackIndices(text: string): Uint32Array<ArrayBuffer> {
  return new Uint32Array(bytesOf(text).buffer);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  let characters: string;
  try {
    characters = atob(text);
  } catch {
    throw new RangeError('a column is damaged: it is not base64');
  }
  if (characters.length % 4 !== 0) throw new RangeError('a column is damaged: it was cut short');
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return inOrder(bytes);
}

/** Bytes of four-byte numbers between the order of this machine and little-endian. */
function inOrder<T extends Uint8Array>(bytes: T): T {
  if (!IS_LITTLE) for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}
