// The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes without gaps.
// https://github.com/huggingface/safetensors#format
import { describeError, UserError, unknownName } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { type ByteSource, openBytes, readBytes, readPieces } from './byte-source.ts';
import {
  bytesPerElement,
  byteViews,
  checkShape,
  type Dtype,
  elementCount,
  isDtype,
  newArray,
  readElements,
  type TypedArray,
  type TypedTensor,
  toFloat32,
} from './tensor.ts';

/** Where a tensor lies on disk. */
export interface TensorEntry {
  /** File that holds the bytes. */
  readonly path: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Named tensors that are read one at a time. */
export interface TensorReader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * Read a tensor as its file stores it.
   * @throws {UserError} for a name that is not there
   */
  read(name: string): Promise<TypedTensor>;
  /** Read a tensor of any dtype, converted to float32. */
  readFloat32(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** An open file: its header is read, its tensors are not. */
export interface SafetensorsFile extends TensorReader {
  readonly path: string;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Fill `into` with the elements of a tensor from element `first` on, as the file stores them.
   * @throws {TypeError} for an array whose elements are of another size
   * @throws {RangeError} when the tensor has fewer elements
   */
  readElements<T extends TypedArray>(name: string, first: number, into: T): Promise<T>;
  /** The bytes of a tensor piece by piece; each piece is overwritten by the next. */
  pieces(name: string): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** A tensor to write: its elements, or a function that gives its bytes piece by piece when their turn comes. */
export interface TensorToWrite {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray | (() => AsyncIterable<Uint8Array>);
}

/** Largest header accepted, as in the reference implementation. */
const HEADER_LIMIT = 100_000_000;
/** Elements converted at a time when a tensor is not float32. */
const BLOCK = 2 ** 20;

/**
 * Open a safetensors file and check its header whole.
 * @throws {UserError} when anything in it is wrong
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const source = await openBytes(path, 'safetensors file');
  try {
    return await readSafetensors(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * See a source as a safetensors file, checking its header whole; closing the file closes the source.
 * @throws {UserError} when anything in the header is wrong; the source stays open
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const { tensors, metadata } = await readHeader(source);
  return {
    path: source.name,
    tensors,
    metadata,
    ...readersOf(source, tensors),
    close: () => source.close(),
  };
}

/**
 * Write tensors to a safetensors file, atomically and streaming.
 * Wider dtypes come first, so that every tensor is aligned; among equals the given order stays.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite]>,
  options: { metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype),
  );
  const header = new Map<string, unknown>();
  if (options.metadata !== undefined) header.set('__metadata__', options.metadata);
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (header.has(name) || name === '__metadata__') throw new Error(`tensor '${name}' twice`);
    if (typeof data !== 'function' && data.length !== elementCount(shape)) {
      throw new Error(`tensor '${name}': ${data.length} elements for shape [${shape.join(', ')}]`);
    }
    const start = end;
    end += elementCount(shape) * bytesPerElement(dtype);
    header.set(name, { dtype, shape, data_offsets: [start, end] });
  }
  // fromEntries defines own properties, so even a tensor called `__proto__` is written.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const prefix = new Uint8Array(8 + Math.ceil(json.byteLength / 8) * 8).fill(0x20);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(prefix.byteLength - 8), true);
  prefix.set(json, 8);
  await writeFileAtomic(path, pieces(prefix, ordered));
}

async function* pieces(
  prefix: Uint8Array,
  tensors: readonly (readonly [string, TensorToWrite])[],
): AsyncGenerator<Uint8Array> {
  yield prefix;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (typeof data !== 'function') {
      yield* byteViews(data);
      continue;
    }
    let written = 0;
    for await (const piece of data()) {
      written += piece.byteLength;
      yield piece;
    }
    const expected = elementCount(shape) * bytesPerElement(dtype);
    if (written !== expected) throw new Error(`tensor '${name}': ${written} of ${expected} bytes`);
  }
}

async function readHeader(
  source: ByteSource,
): Promise<{ tensors: Map<string, TensorEntry>; metadata: Record<string, string> }> {
  const invalid = (why: string): UserError =>
    new UserError(`invalid safetensors file: '${source.name}' ${why}`);
  if (source.size < 8) throw invalid(`is only ${source.size} bytes long`);
  const prefix = await readBytes(source, 0, 8);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT || length > source.size - 8) {
    throw invalid(`claims a header of ${length} bytes`);
  }
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      await readBytes(source, 8, length),
    );
    header = JSON.parse(text);
  } catch (error) {
    throw invalid(`has a header that is not JSON (${describeError(error)})`);
  }
  if (!isRecord(header)) throw invalid('has a header that is not an object');

  const tensors = new Map<string, TensorEntry>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (!isRecord(value)) throw invalid(`describes '${name}' by something that is not an object`);
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') throw invalid(`has metadata '${key}' that is not a string`);
        metadata[key] = text;
      }
      continue;
    }
    tensors.set(name, tensorEntry(source.name, 8 + length, name, value));
  }
  checkLayout(tensors, 8 + length, source.size, invalid);
  return { tensors, metadata };
}

function tensorEntry(
  path: string,
  dataStart: number,
  name: string,
  { dtype, shape, data_offsets: range }: Record<string, unknown>,
): TensorEntry {
  const where = `tensor '${name}' in '${path}'`;
  if (!isDtype(dtype))
    throw new UserError(`unsupported dtype ${JSON.stringify(dtype)} of ${where}`);
  const sizes = checkShape(shape, where);
  const byteLength = elementCount(sizes) * bytesPerElement(dtype);
  const isRange =
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((value) => Number.isSafeInteger(value) && value >= 0) &&
    range[1] - range[0] === byteLength;
  if (!isRange) {
    const given = JSON.stringify(range);
    throw new UserError(
      `invalid offsets ${given} of ${where}: shape [${sizes.join(', ')}] of ${dtype} takes ${byteLength} bytes`,
    );
  }
  return { path, dtype, shape: sizes, offset: dataStart + range[0], byteLength };
}

/** The tensors must cover the rest of the file: no overlap, no gap, nothing after the last. */
function checkLayout(
  tensors: ReadonlyMap<string, TensorEntry>,
  dataStart: number,
  size: number,
  invalid: (why: string) => UserError,
): void {
  let end = dataStart;
  const inOrder = [...tensors].sort(
    ([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength,
  );
  for (const [name, { offset, byteLength }] of inOrder) {
    if (offset < end) throw invalid(`has a tensor '${name}' that overlaps another`);
    if (offset > end) throw invalid(`has a gap of ${offset - end} bytes before '${name}'`);
    end = offset + byteLength;
  }
  if (end > size) throw invalid(`is truncated: ${size} of ${end} bytes`);
  if (end < size) throw invalid(`has ${size - end} bytes after its last tensor`);
}

function readersOf(
  source: ByteSource,
  tensors: ReadonlyMap<string, TensorEntry>,
): Pick<SafetensorsFile, 'read' | 'readFloat32' | 'readElements' | 'pieces'> {
  const entryOf = (name: string): TensorEntry => {
    const entry = tensors.get(name);
    if (entry === undefined) throw unknownName('tensor', name, [...tensors.keys()]);
    return entry;
  };
  return {
    async read(name) {
      const { dtype, shape, offset } = entryOf(name);
      const data = newArray(dtype, elementCount(shape));
      await readElements(source, data, offset);
      return { dtype, shape, data };
    },
    async readFloat32(name) {
      const { dtype, shape, offset } = entryOf(name);
      const out = new Float32Array(elementCount(shape));
      if (dtype === 'F32') {
        await readElements(source, out, offset);
        return out;
      }
      const block = newArray(dtype, Math.min(BLOCK, out.length));
      for (let start = 0; start < out.length; start += BLOCK) {
        const part = block.subarray(0, Math.min(BLOCK, out.length - start));
        await readElements(source, part, offset + start * bytesPerElement(dtype));
        toFloat32(dtype, part, out.subarray(start, start + part.length));
      }
      return out;
    },
    async readElements(name, first, into) {
      const { dtype, shape, offset } = entryOf(name);
      const size = bytesPerElement(dtype);
      if (into.BYTES_PER_ELEMENT !== size) {
        throw new TypeError(`readElements: '${name}' has elements of ${size} bytes`);
      }
      if (!(first >= 0 && first + into.length <= elementCount(shape))) {
        throw new RangeError(
          `readElements: '${name}' has ${elementCount(shape)} elements, wanted ${into.length} from ${first} on`,
        );
      }
      await readElements(source, into, offset + first * size);
      return into;
    },
    pieces(name) {
      const { offset, byteLength } = entryOf(name);
      return readPieces(source, offset, offset + byteLength);
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
