// MATLAB's MAT-files of level 5 (MATLAB 5 to 7, scipy.io.savemat): the variables of one, arrays of numbers among them.
// https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
import { inflateSync } from 'node:zlib';
import { describeError, UserError } from '../../base/errors.ts';
import { type ByteSource, openBytes, readBytes } from '../byte-source.ts';
import { checkShape, type TypedTensor } from '../tensor.ts';
import { elementsOf, type MatElement, type MatView, MI } from './mat-element.ts';
import { readNumbers } from './mat-numbers.ts';

/** A variable of a MAT-file. */
export interface MatVariable {
  /** MATLAB's class: `double`, `uint8`, `logical`, `cell` … */
  readonly className: string;
  readonly shape: readonly number[];
  /**
   * Read it, in C order, as numbers of its class.
   * @throws {UserError} for classes that are no dense arrays of real numbers.
   */
  read(): TypedTensor;
}

const HEADER = 128;

/** Largest file that is read, which happens whole. */
const FILE_LIMIT = 2 ** 30;

/** Deflate cannot shrink by more than 1,032; whoever claims more lies. */
const RATIO = 1_040;

const CLASSES: Readonly<Record<number, string>> = {
  1: 'cell',
  2: 'struct',
  3: 'object',
  4: 'char',
  5: 'sparse',
  6: 'double',
  7: 'single',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
  16: 'function handle',
  17: 'opaque object',
};

const COMPLEX = 0x800;
const LOGICAL = 0x200;

/**
 * Read the variables of a MAT-file of level 5, by name.
 * @throws {UserError} when it is damaged, or of another level (4, or 7.3, which is HDF5).
 */
export async function readMat(path: string): Promise<ReadonlyMap<string, MatVariable>> {
  const source = await openBytes(path, 'MAT-file');
  try {
    return await readMatFrom(source);
  } finally {
    await source.close();
  }
}

/**
 * Read the variables of a MAT-file from a source.
 * @throws {UserError} as {@link readMat}.
 */
export async function readMatFrom(source: ByteSource): Promise<ReadonlyMap<string, MatVariable>> {
  const { name, size } = source;
  if (size > FILE_LIMIT) throw new UserError(`MAT-file too large: '${name}' has ${size} bytes`);
  const bytes = await readBytes(source, 0, size);
  const littleEndian = byteOrder(bytes, name);
  const variables = new Map<string, MatVariable>();
  try {
    for (const element of elementsOf({ bytes: bytes.subarray(HEADER), littleEndian })) {
      const matrix = unpacked(element, littleEndian);
      if (matrix.type !== MI.matrix) continue;
      const [key, variable] = variableOf(matrix, littleEndian, name);
      variables.set(key, variable);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`invalid MAT-file: '${name}' (${describeError(cause)})`, { cause });
  }
  return variables;
}

/** Tell from the header whether numbers are little-endian. */
function byteOrder(bytes: Uint8Array<ArrayBuffer>, name: string): boolean {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(HEADER, bytes.byteLength));
  const text = header.toString('latin1');
  if (text.startsWith('\x89HDF') || text.startsWith('MATLAB 7.3')) throw otherLevel(name, '7.3');
  if (text.startsWith('MATLAB 5.0') || /MI$|IM$/.test(text)) {
    if (header.byteLength < HEADER) throw new UserError(`invalid MAT-file: '${name}' ends early`);
    const littleEndian = text.endsWith('IM');
    const version = littleEndian ? header.readUInt16LE(124) : header.readUInt16BE(124);
    if (version === 0x200) throw otherLevel(name, '7.3');
    if (version === 0x100) return littleEndian;
  } else if (header.byteLength >= 20 && header.subarray(0, 4).includes(0)) {
    throw otherLevel(name, '4');
  }
  throw new UserError(`invalid MAT-file: '${name}' does not begin as one`);
}

function otherLevel(name: string, level: string): UserError {
  return new UserError(`unsupported MAT-file: '${name}' is of level ${level}`, {
    hint: "save it again with save(…, '-v7') or scipy.io.savemat",
  });
}

/** The matrix that a compressed element holds; any other element as it is. */
function unpacked(element: MatElement, littleEndian: boolean): MatElement {
  if (element.type !== MI.compressed) return element;
  const { bytes } = element.data;
  const inflated = inflateSync(bytes, { maxOutputLength: bytes.byteLength * RATIO + 1024 });
  const inner = new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  const [first] = elementsOf({ bytes: inner, littleEndian });
  if (first === undefined) throw new Error('an empty compressed element');
  return first;
}

function variableOf(
  matrix: MatElement,
  littleEndian: boolean,
  file: string,
): [string, MatVariable] {
  const parts = elementsOf(matrix.data);
  const part = (what: string, types: readonly number[]): MatView => {
    const { value } = parts.next();
    if (!value || !types.includes(value.type)) throw new Error(`a variable without ${what}`);
    return value.data;
  };
  const flags = numbersOf(part('flags', [MI.uint32]), littleEndian)[0] ?? 0;
  const classNumber = flags & 0xff;
  // Opaque objects have a name of their own kind in place of a shape.
  if (classNumber === 17) return ['', refused('an opaque object', 'opaque object', [], file)];
  const dims = numbersOf(part('a shape', [MI.int32]), littleEndian);
  const name = Buffer.from(part('a name', [MI.int8, MI.utf8]).bytes).toString('utf8');
  const shape = checkShape(dims, `'${name}' of '${file}'`);
  const plain = CLASSES[classNumber];
  if (plain === undefined) throw new Error(`'${name}' of the unknown class ${classNumber}`);
  const className = (flags & LOGICAL) !== 0 ? 'logical' : plain;
  if (classNumber < 6 || classNumber > 15) return [name, refused(name, plain, shape, file)];
  if ((flags & COMPLEX) !== 0) return [name, refused(name, `complex ${plain}`, shape, file)];
  const data = parts.next().value;
  if (!data) throw new Error(`'${name}' without numbers`);
  return [
    name,
    { className, shape, read: () => readNumbers(data, { name, file, shape, className: plain }) },
  ];
}

function refused(
  name: string,
  className: string,
  shape: readonly number[],
  file: string,
): MatVariable {
  return {
    className,
    shape,
    read() {
      throw new UserError(`unsupported MATLAB class '${className}' of '${name}' in '${file}'`, {
        hint: 'dense arrays of real numbers are read',
      });
    },
  };
}

function numbersOf({ bytes }: MatView, littleEndian: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / 4);
  return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, littleEndian));
}
