// NumPy's .npy format: a magic number, a Python dict as text, then the elements.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { type ByteSource, openBytes, readBytes } from '../byte-source.ts';
import {
  bytesPerElement,
  byteViews,
  checkShape,
  type Dtype,
  elementCount,
  fromFortranOrder,
  newArray,
  readElements,
  type TypedTensor,
} from '../tensor.ts';

const DESCR: Readonly<Partial<Record<Dtype, string>>> = {
  F64: '<f8',
  F32: '<f4',
  F16: '<f2',
  I64: '<i8',
  U64: '<u8',
  I32: '<i4',
  U32: '<u4',
  I16: '<i2',
  U16: '<u2',
  I8: '|i1',
  U8: '|u1',
  BOOL: '|b1',
};

const MAGIC = '\x93NUMPY';
/** NumPy pads headers so that the elements start at a multiple of this. */
const ALIGNMENT = 64;
const HEADER_LIMIT = 1_000_000;

/** Read a .npy file into C order. Byte strings (`|Sn`) come as U8 with a last axis of n. */
export async function readNpy(path: string): Promise<TypedTensor> {
  const source = await openBytes(path, 'npy file');
  try {
    return await readNpyFrom(source);
  } finally {
    await source.close();
  }
}

/**
 * Write a tensor to a .npy file, atomically.
 * @throws {UserError} for bfloat16, which NumPy does not know
 */
export async function writeNpy(path: string, tensor: TypedTensor): Promise<void> {
  await writeFileAtomic(path, [npyHeader(tensor), ...byteViews(tensor.data)]);
}

/**
 * Read .npy data from a source.
 * @throws {UserError} when it is damaged or holds objects, records or big-endian data
 */
export async function readNpyFrom(source: ByteSource): Promise<TypedTensor> {
  const { dtype, fortranOrder, shape, dataStart, sizes } = await readNpyHeader(source);
  const count = elementCount(sizes);
  const expected = dataStart + count * bytesPerElement(dtype);
  if (source.size !== expected) {
    throw new UserError(
      `invalid npy file: '${source.name}' is ${source.size} bytes long, its header says ${expected}`,
    );
  }
  const data = newArray(dtype, count);
  await readElements(source, data, dataStart);
  const tensor = { dtype, shape: sizes, data };
  return fortranOrder && shape.length > 1 ? fromFortranOrder(tensor) : tensor;
}

/** The bytes before the elements of a .npy file, version 1.0 as np.save writes it; `descr` overrules the dtype's own. */
export function npyHeader(
  { dtype, shape }: Pick<TypedTensor, 'dtype' | 'shape'>,
  descr: string | undefined = DESCR[dtype],
): Uint8Array {
  if (descr === undefined) {
    throw new UserError(`unsupported dtype for npy: ${dtype}`, { hint: 'convert it to float32' });
  }
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(length, ' ');
  bytes.write(`${MAGIC}\x01\x00`, 'latin1');
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(text, 10, 'latin1');
  bytes.write('\n', length - 1);
  return bytes;
}

interface NpyHeader {
  readonly dtype: Dtype;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The shape with the length of byte strings as a last axis. */
  readonly sizes: readonly number[];
  /** Where the elements begin, in bytes. */
  readonly dataStart: number;
}

/**
 * Read what .npy data say of their elements.
 * @throws {UserError} when the header is damaged, or the elements are objects, records or big-endian.
 */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const invalid = (why: string): UserError =>
    new UserError(`invalid npy file: '${source.name}' ${why}`);
  const start = Buffer.from(await readBytes(source, 0, Math.min(12, source.size)));
  if (start.byteLength < 12 || start.toString('latin1', 0, 6) !== MAGIC) {
    throw invalid('does not start as one');
  }
  const version = start[6]!;
  if (version < 1 || version > 3) throw invalid(`has the unknown version ${version}`);
  const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  const textStart = version === 1 ? 10 : 12;
  if (length > HEADER_LIMIT) throw invalid(`claims a header of ${length} bytes`);
  const text = Buffer.from(await readBytes(source, textStart, length)).toString('utf8');
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    throw invalid(`has an unsupported header: ${text.trim().slice(0, 100)}`);
  }
  const shape = tuple
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => Number.parseInt(part, 10));
  const checked = checkShape(shape, `'${source.name}'`);
  const byteString = /^\|S([1-9]\d*)$/.exec(descr);
  return {
    dtype: byteString === null ? dtypeOf(descr, source.name) : 'U8',
    fortranOrder: order === 'True',
    shape: checked,
    sizes: byteString === null ? checked : [...checked, Number(byteString[1])],
    dataStart: textStart + length,
  };
}

function dtypeOf(descr: string, name: string): Dtype {
  const normal = descr.replace(/^[<|=](?=[iub]1$)/, '|').replace(/^=/, '<');
  for (const [dtype, known] of Object.entries(DESCR)) if (known === normal) return dtype as Dtype;
  const hint = descr.startsWith('>')
    ? 'save it little-endian'
    : descr.includes('O')
      ? 'it holds Python objects: save numbers'
      : 'save it as float32 or an integer type';
  throw new UserError(`unsupported npy dtype '${descr}' in '${name}'`, { hint });
}
