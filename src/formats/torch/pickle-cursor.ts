// A position in a pickle's bytes and the ways in which its opcodes carry numbers and texts.
import { UserError } from '../../base/errors.ts';

/** Longest line of a text opcode, and most bytes of an integer. */
const LINE_LIMIT = 65_536;
const INTEGER_LIMIT = 1024;

export interface PickleCursor {
  /** Offset of the next byte. */
  position(): number;
  byte(): number;
  uint16(): number;
  uint32(): number;
  int32(): number;
  /** A 64-bit length. */
  length64(): number;
  /** Big-endian, as the BINFLOAT opcode has it. */
  float64(): number;
  /** The next `length` bytes, not copied. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  utf8(length: number): string;
  /** Bytes up to a newline, which is skipped, one character each. */
  line(): string;
  /** A little-endian two's-complement integer of `length` bytes; a number where it is safe. */
  integer(length: number): number | bigint;
}

/** Read `bytes` from `start` on. Every method throws a UserError at the end of the bytes; `name` says whose they are. */
export function pickleCursor(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  start = 0,
): PickleCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  const take = (length: number): number => {
    if (length > bytes.byteLength - at) {
      throw new UserError(`invalid pickle: '${name}' ends too early`, {
        hint: 'the file seems to be truncated: copy or download it again',
      });
    }
    at += length;
    return at - length;
  };
  const tooLong = (what: string): UserError =>
    new UserError(`invalid pickle: '${name}' has ${what} that is too long`);
  return {
    position: () => at,
    byte: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    int32: () => view.getInt32(take(4), true),
    length64: () => Number(view.getBigUint64(take(8), true)),
    float64: () => view.getFloat64(take(8)),
    bytes(length) {
      const from = take(length);
      return bytes.subarray(from, from + length);
    },
    utf8(length) {
      const from = take(length);
      return new TextDecoder().decode(bytes.subarray(from, from + length));
    },
    line() {
      const end = bytes.indexOf(10, at);
      const length = (end === -1 ? bytes.byteLength + 1 : end) - at;
      if (length > LINE_LIMIT && end !== -1) throw tooLong('a line');
      const from = take(length + 1);
      return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('latin1');
    },
    integer(length) {
      if (length > INTEGER_LIMIT) throw tooLong('an integer');
      const from = take(length);
      let value = 0n;
      for (let i = from + length - 1; i >= from; i--) value = (value << 8n) | BigInt(bytes[i]!);
      return narrow(BigInt.asIntN(8 * length, value));
    },
  };
}

/** A big integer as a number where no digit is lost. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
