// Elements of a MAT-file of level 5: a type, a length, the bytes.

/** Types of elements that hold others, and those that their heads are made of. */
export const MI = { int8: 1, int32: 5, uint32: 6, matrix: 14, compressed: 15, utf8: 16 } as const;

/** Bytes, and how numbers are written in them. */
export interface MatView {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly littleEndian: boolean;
}

/** One element. */
export interface MatElement {
  readonly type: number;
  readonly data: MatView;
}

/** Longest element that is written in the eight bytes of its own head. */
const SMALL = 4;

/**
 * Go through the elements one after the other.
 * @throws {Error} when one is longer than what is left.
 */
export function* elementsOf({ bytes, littleEndian }: MatView): Generator<MatElement, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cut = (start: number, length: number): MatView => {
    if (start + length > bytes.byteLength) {
      throw new Error(`an element of ${length} bytes where ${bytes.byteLength - start} are left`);
    }
    return { bytes: bytes.subarray(start, start + length), littleEndian };
  };
  for (let at = 0; at < bytes.byteLength; ) {
    cut(at, 8);
    const word = view.getUint32(at, littleEndian);
    const small = word >>> 16;
    if (small > SMALL) throw new Error(`an element of the unknown type ${word}`);
    if (small > 0) {
      yield { type: word & 0xffff, data: cut(at + 4, small) };
      at += 8;
      continue;
    }
    const length = view.getUint32(at + 4, littleEndian);
    yield { type: word, data: cut(at + 8, length) };
    // Only compressed elements are not filled up to a multiple of eight bytes.
    at += 8 + (word === MI.compressed ? length : Math.ceil(length / 8) * 8);
  }
}
