// The numbers of a MATLAB array. They may be written in a smaller type than their class: whole numbers of a double as bytes.
import { UserError } from '../../base/errors.ts';
import {
  type Dtype,
  elementCount,
  fromFortranOrder,
  newArray,
  type TypedTensor,
} from '../tensor.ts';
import type { MatElement } from './mat-element.ts';

/** Dtypes of the classes of numbers. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  double: 'F64',
  single: 'F32',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
  int64: 'I64',
  uint64: 'U64',
};

/** How numbers of each element type are read, and how many bytes one has. */
const STORED: Readonly<
  Record<number, [size: number, read: (v: DataView, at: number, le: boolean) => number | bigint]>
> = {
  1: [1, (v, at) => v.getInt8(at)],
  2: [1, (v, at) => v.getUint8(at)],
  3: [2, (v, at, le) => v.getInt16(at, le)],
  4: [2, (v, at, le) => v.getUint16(at, le)],
  5: [4, (v, at, le) => v.getInt32(at, le)],
  6: [4, (v, at, le) => v.getUint32(at, le)],
  7: [4, (v, at, le) => v.getFloat32(at, le)],
  9: [8, (v, at, le) => v.getFloat64(at, le)],
  12: [8, (v, at, le) => v.getBigInt64(at, le)],
  13: [8, (v, at, le) => v.getBigUint64(at, le)],
};

/** What is known of an array before its numbers are read. */
interface ArrayHead {
  readonly name: string;
  readonly file: string;
  readonly shape: readonly number[];
  readonly className: string;
}

/**
 * Read an array's numbers into C order, as numbers of its class.
 * @throws {UserError} when there are more or fewer than its shape says.
 */
export function readNumbers(
  { type, data }: MatElement,
  { name, file, shape, className }: ArrayHead,
): TypedTensor {
  const invalid = (why: string): UserError =>
    new UserError(`invalid MAT-file: '${name}' of '${file}' ${why}`);
  const stored = STORED[type];
  if (stored === undefined) throw invalid(`has numbers of the unknown type ${type}`);
  const [size, read] = stored;
  const { bytes, littleEndian } = data;
  const count = elementCount(shape);
  if (count * size !== bytes.byteLength) {
    throw invalid(`has ${bytes.byteLength / size} numbers, its shape says ${count}`);
  }
  const dtype = DTYPES[className]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = newArray(dtype, count);
  const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
  for (let i = 0; i < count; i++) {
    const value = read(view, i * size, littleEndian);
    values[i] = isBig ? BigInt(value) : Number(value);
  }
  return fromFortranOrder({ dtype, shape, data: values });
}
