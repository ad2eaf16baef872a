// Tensors as the file formats hand them over: a typed array, its shape, and the dtype under safetensors' names.
import { endianness } from 'node:os';
import { UserError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.ts';

/** Element types, by safetensors' names. */
export type Dtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'U64'
  | 'I32'
  | 'U32'
  | 'I16'
  | 'U16'
  | 'I8'
  | 'U8'
  | 'BOOL';

/** The arrays that hold elements. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A dense tensor in C order. F16 and BF16 stand as their bits in a Uint16Array, BOOL as a Uint8Array of 0 and 1. */
export interface TypedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A float32 tensor of this shape. */
export function f32(
  data: Float32Array,
  ...shape: number[]
): TypedTensor & { readonly dtype: 'F32'; readonly data: Float32Array } {
  return { dtype: 'F32', shape, data };
}

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** Bytes of one view of a long array. */
const VIEW_SIZE = 2 ** 30;

/** Tell whether `name` is an element type that this program can hold. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(ARRAYS, name);
}

/** Bytes of one element. */
export function bytesPerElement(dtype: Dtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Number of elements of a shape; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A zero-filled array for `length` elements of `dtype`. */
export function newArray(dtype: Dtype, length: number): TypedArray {
  assertLittleEndian();
  return new ARRAYS[dtype](length);
}

/** The bytes of an array of up to 4 GiB, little-endian, not copied. */
export function bytesOf(array: TypedArray): Uint8Array {
  assertLittleEndian();
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The bytes of an array of any length as views of at most 1 GiB, in order: one Uint8Array ends at 4 GiB. */
export function* byteViews(array: TypedArray): Generator<Uint8Array> {
  assertLittleEndian();
  for (let start = 0; start < array.byteLength; start += VIEW_SIZE) {
    const length = Math.min(VIEW_SIZE, array.byteLength - start);
    yield new Uint8Array(array.buffer, array.byteOffset + start, length);
  }
}

/** Fill an array of any length with the bytes of `source` from `offset` on. */
export async function readElements(
  source: ByteSource,
  array: TypedArray,
  offset: number,
): Promise<void> {
  let at = offset;
  for (const view of byteViews(array)) {
    await source.readInto(view, at);
    at += view.byteLength;
  }
}

/** Convert elements to float32; `out` (same length) receives them. Float64 and wide integers round to nearest. */
export function toFloat32(
  dtype: Dtype,
  data: TypedArray,
  out: Float32Array = new Float32Array(data.length),
): Float32Array {
  if (dtype === 'F16') return float16ToFloat32(data as Uint16Array, out);
  if (dtype === 'BF16') return bfloat16ToFloat32(data as Uint16Array, out);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < data.length; i++) out[i] = Number(data[i]);
  } else {
    out.set(data);
  }
  return out;
}

/**
 * Check that a value from a file is a shape whose element count is a safe integer.
 * @throws {UserError} naming `where`, when it is not
 */
export function checkShape(value: unknown, where: string): number[] {
  const isShape =
    Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    Number.isSafeInteger(elementCount(value));
  if (!isShape) throw new UserError(`invalid shape ${JSON.stringify(value)} of ${where}`);
  return value;
}

function assertLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('big-endian machines are not supported');
}

/** Reorder elements that were stored with the first axis fastest. */
export function fromFortranOrder(tensor: TypedTensor): TypedTensor {
  const { dtype, shape, data } = tensor;
  if (shape.length < 2) return tensor;
  const out = newArray(dtype, data.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let from = 0; from < data.length; from++) {
    let to = 0;
    for (let axis = 0; axis < shape.length; axis++) to = to * shape[axis]! + index[axis]!;
    out[to] = data[from]!;
    for (let axis = 0; ++index[axis]! === shape[axis] && axis < shape.length - 1; axis++) {
      index[axis] = 0;
    }
  }
  return { dtype, shape, data: out };
}
