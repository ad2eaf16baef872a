// How the numbers of shards stand on disk: float32 as Python's saev has them, or 16-bit floats in half the room.
import { UserError } from '../../base/errors.ts';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../formats/half.ts';
import { bytesOf } from '../../formats/tensor.ts';

/** An element type of shards, by NumPy's and PyTorch's name. */
export type ShardDtype = 'float32' | 'float16' | 'bfloat16';

/** Element types of shards. */
export const SHARD_DTYPES = [
  'float32',
  'float16',
  'bfloat16',
] as const satisfies readonly ShardDtype[];

/** From float32 to what stands on disk, and back. */
interface Storage {
  /** Bytes of one number. */
  readonly bytes: 2 | 4;
  /** Round to what is stored: to nearest, ties to even. */
  narrow(values: Float32Array): Uint8Array;
  /** The stored numbers `[out.length]` at byte `at`, exactly, into `out`. */
  widen(stored: Uint8Array, at: number, out: Float32Array): void;
}

/** The largest float16. */
const LARGEST_FLOAT16 = 65_504;

/** What each element type is on disk (little-endian). */
export const SHARD_STORAGE: Readonly<Record<ShardDtype, Storage>> = {
  float32: {
    bytes: 4,
    narrow: (values) => bytesOf(values),
    widen: (stored, at, out) => bytesOf(out).set(stored.subarray(at, at + 4 * out.length)),
  },
  float16: {
    bytes: 2,
    narrow(values) {
      const bits = float32ToFloat16(values);
      const lost = bits.findIndex((each) => (each & 0x7fff) === 0x7c00);
      if (lost === -1) return bytesOf(bits);
      throw new UserError(
        `unsupported dtype float16: an activation is ${values[lost]!.toPrecision(6)}, and it ends at ${LARGEST_FLOAT16}`,
        { hint: 'record as bfloat16 or float32' },
      );
    },
    widen: (stored, at, out) => float16ToFloat32(bitsAt(stored, at, out.length), out),
  },
  bfloat16: {
    bytes: 2,
    narrow: (values) => bytesOf(float32ToBfloat16(values)),
    widen: (stored, at, out) => bfloat16ToFloat32(bitsAt(stored, at, out.length), out),
  },
};

function bitsAt(stored: Uint8Array, at: number, length: number): Uint16Array {
  return new Uint16Array(stored.buffer, stored.byteOffset + at, length);
}
