// NumPy's .npz archives of named arrays, and the sparse matrices that SciPy keeps in them.
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { openBytes } from '../byte-source.ts';
import { bytesOf, byteViews, type TypedArray, type TypedTensor, toFloat32 } from '../tensor.ts';
import { openZip } from '../zip/zip.ts';
import { type ZipMemberToWrite, zipPieces } from '../zip/zip-write.ts';
import { npyHeader, readNpyFrom } from './npy.ts';

/** An open npz file: its arrays by name, read when they are asked for. */
export interface NpzFile {
  /** Names of the arrays, without `.npy`. */
  readonly names: readonly string[];
  read(name: string): Promise<TypedTensor>;
  close(): Promise<void>;
}

/** A sparse matrix in compressed rows: row r holds the entries `rowStart[r] … rowStart[r + 1] − 1`. */
export interface CsrMatrix {
  readonly rows: number;
  readonly columns: number;
  /** `[rows + 1]` */
  readonly rowStart: Uint32Array;
  /** `[nonzeros]`, column of each entry. */
  readonly index: Uint32Array;
  /** `[nonzeros]` */
  readonly value: Float32Array;
}

/** Open an .npz archive, compressed or not. */
export async function openNpz(path: string): Promise<NpzFile> {
  const source = await openBytes(path, 'npz file');
  try {
    const zip = await openZip(source);
    const names = [...zip.members.keys()].map((name) => name.replace(/\.npy$/, ''));
    return {
      names,
      async read(name) {
        return readNpyFrom(await zip.open(zip.members.has(name) ? name : `${name}.npy`));
      },
      close: () => zip.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Write named tensors to an .npz archive as np.savez does, uncompressed, atomically. */
export async function writeNpz(
  path: string,
  tensors: Readonly<Record<string, TypedTensor>>,
): Promise<void> {
  const members = Object.entries(tensors).map(([name, tensor]) => npyMember(name, tensor));
  await writeFileAtomic(path, zipPieces(members));
}

/** Read a matrix that scipy.sparse.save_npz wrote in CSR format; values become float32. */
export async function readCsrNpz(path: string): Promise<CsrMatrix> {
  const file = await openNpz(path);
  try {
    const format = new TextDecoder().decode(bytesOf((await file.read('format')).data));
    if (format !== 'csr') {
      throw new UserError(`unsupported sparse format '${format}' in '${path}'`, {
        hint: 'save it with .tocsr() first',
      });
    }
    const { data: shape } = await file.read('shape');
    const { dtype, data } = await file.read('data');
    const matrix = {
      rows: Number(shape[0]),
      columns: Number(shape[1]),
      rowStart: toUint32((await file.read('indptr')).data, path),
      index: toUint32((await file.read('indices')).data, path),
      value: toFloat32(dtype, data),
    };
    checkCsr(matrix, path);
    return matrix;
  } finally {
    await file.close();
  }
}

/** Write a matrix as scipy.sparse.save_npz(…, compressed=False) does, with float32 values. */
export async function writeCsrNpz(path: string, matrix: CsrMatrix): Promise<void> {
  checkCsr(matrix, path);
  const { rows, columns, rowStart, index, value } = matrix;
  const fits = Math.max(rows, columns, value.length) < 2 ** 31;
  const integers = (values: Uint32Array): TypedTensor => ({
    dtype: fits ? 'I32' : 'I64',
    shape: [values.length],
    data: fits ? Int32Array.from(values) : BigInt64Array.from(values, BigInt),
  });
  const format = new TextEncoder().encode('csr');
  await writeFileAtomic(
    path,
    zipPieces([
      npyMember('indices', integers(index)),
      npyMember('indptr', integers(rowStart)),
      npyMember('format', { dtype: 'U8', shape: [], data: format }, `|S${format.byteLength}`),
      npyMember('shape', {
        dtype: 'I64',
        shape: [2],
        data: BigInt64Array.of(BigInt(rows), BigInt(columns)),
      }),
      npyMember('data', { dtype: 'F32', shape: [value.length], data: value }),
    ]),
  );
}

function npyMember(name: string, tensor: TypedTensor, descr?: string): ZipMemberToWrite {
  return {
    name: `${name}.npy`,
    data: [npyHeader(tensor, descr), ...byteViews(tensor.data)],
  };
}

function toUint32(values: TypedArray, path: string): Uint32Array {
  const out = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!(value >= 0 && value < 2 ** 32)) {
      throw new UserError(`invalid sparse matrix: index ${value} in '${path}'`);
    }
    out[i] = value;
  }
  return out;
}

function checkCsr({ rows, columns, rowStart, index, value }: CsrMatrix, path: string): void {
  const rowsAscend = rowStart.every((start, row) => row === 0 || start >= rowStart[row - 1]!);
  const isValid =
    rowStart.length === rows + 1 &&
    rowStart[0] === 0 &&
    rowStart[rows] === index.length &&
    index.length === value.length &&
    rowsAscend &&
    index.every((column) => column < columns);
  if (!isValid)
    throw new UserError(`invalid sparse matrix: rows and entries of '${path}' disagree`);
}
