// Sparse matrices in SciPy's .npz files that need not be in memory: written from pieces, read row by row.
import { crc32 } from 'node:zlib';
import { UserError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { type ByteSource, openBytes, readBytes } from '../byte-source.ts';
import { bytesOf, bytesPerElement, type Dtype, newArray, toFloat32 } from '../tensor.ts';
import { openZip, type ZipArchive } from '../zip/zip.ts';
import { streamedZipPieces, type ZipMemberToStream } from '../zip/zip-write.ts';
import { npyHeader, readNpyFrom, readNpyHeader } from './npy.ts';
import type { CsrMatrix } from './npz.ts';

/** A matrix in compressed rows whose entries are given piece by piece, each time that they are asked for. */
export interface StreamedCsr {
  readonly rows: number;
  readonly columns: number;
  readonly nonzeros: number;
  /** Entries of each row, `[rows]` in all. */
  counts(): AsyncIterable<Uint32Array>;
  /** Column of each entry, ascending within a row. */
  indices(): AsyncIterable<Uint32Array>;
  values(): AsyncIterable<Float32Array>;
}

/**
 * Write a matrix of any size as `scipy.sparse.save_npz(…, csr_array, compressed=False)` does, atomically. Its pieces are
 * asked for twice, as zip has checksums first. Indices are int32, or int64 where SciPy needs them to be.
 */
export async function writeStreamedCsr(path: string, matrix: StreamedCsr): Promise<void> {
  const { rows, columns, nonzeros } = matrix;
  const dtype = Math.max(rows, columns, nonzeros) < 2 ** 31 ? 'I32' : 'I64';
  const text = new TextEncoder().encode('csr');
  const shape = BigInt64Array.of(BigInt(rows), BigInt(columns));
  const once = (bytes: Uint8Array) => () => [bytes];
  const members = [
    member('indices', { dtype, shape: [nonzeros] }, () => integers(matrix.indices(), dtype)),
    member('indptr', { dtype, shape: [rows + 1] }, () => integers(starts(matrix.counts()), dtype)),
    member('format', { dtype: 'U8', shape: [] }, once(text), '|S3'),
    member('shape', { dtype: 'I64', shape: [2] }, once(bytesOf(shape))),
    member('data', { dtype: 'F32', shape: [nonzeros] }, () => bytesIn(matrix.values())),
    member('_is_array', { dtype: 'BOOL', shape: [] }, once(Uint8Array.of(1))),
  ];
  const ready: ZipMemberToStream[] = [];
  for (const { name, pieces } of members) {
    let size = 0;
    let checksum = 0;
    for await (const piece of pieces()) {
      size += piece.byteLength;
      checksum = crc32(piece, checksum);
    }
    ready.push({ name, size, checksum, data: pieces() });
  }
  await writeFileAtomic(path, streamedZipPieces(ready));
}

interface Member {
  readonly name: string;
  pieces(): AsyncGenerator<Uint8Array>;
}

function member(
  name: string,
  tensor: { dtype: Dtype; shape: number[] },
  pieces: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  descr?: string,
): Member {
  return {
    name: `${name}.npy`,
    async *pieces() {
      yield npyHeader(tensor, descr);
      yield* pieces();
    },
  };
}

async function* bytesIn(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield bytesOf(piece);
}

async function* integers(
  pieces: AsyncIterable<Uint32Array | Float64Array>,
  dtype: 'I32' | 'I64',
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces)
    yield bytesOf(dtype === 'I32' ? Int32Array.from(piece) : BigInt64Array.from(piece, BigInt));
}

/** Where each row starts, and where the last one ends. Whole numbers beyond 2³² stay exact in float64. */
async function* starts(counts: AsyncIterable<Uint32Array>): AsyncGenerator<Float64Array> {
  let at = 0;
  yield Float64Array.of(at);
  for await (const piece of counts) yield Float64Array.from(piece, (count) => (at += count));
}

/** An open sparse matrix, whose rows are read when they are asked for. */
export interface CsrFile {
  readonly rows: number;
  readonly columns: number;
  readonly nonzeros: number;
  /**
   * Read the rows `first … end − 1`, without the entries that are 0.
   * @throws {UserError} when they are damaged.
   */
  read(first: number, end: number): Promise<CsrMatrix>;
  close(): Promise<void>;
}

/** Most entries of one read. */
const READ_LIMIT = 2 ** 31;

/**
 * Open a CSR matrix that `scipy.sparse.save_npz` wrote. Of an uncompressed file, as this program writes them, only the rows
 * asked for are read; a compressed one is unpacked into memory.
 * @throws {UserError} when it is damaged, or no CSR matrix.
 */
export async function openCsrNpz(path: string): Promise<CsrFile> {
  const source = await openBytes(path, 'npz file');
  try {
    return await csrOf(await openZip(source), path);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function csrOf(zip: ZipArchive, path: string): Promise<CsrFile> {
  const invalid = (why: string): UserError =>
    new UserError(`invalid sparse matrix: ${why} in '${path}'`);
  const missing = ['format', 'shape', 'indptr', 'indices', 'data'].filter(
    (name) => !zip.members.has(`${name}.npy`),
  );
  if (missing.length > 0) throw invalid(`no '${missing.join("', '")}'`);
  const format = new TextDecoder().decode(
    bytesOf((await readNpyFrom(await zip.open('format.npy'))).data),
  );
  if (format.replaceAll('\0', '') !== 'csr') {
    throw new UserError(`unsupported sparse format '${format.slice(0, 20)}' in '${path}'`, {
      hint: 'save it with .tocsr() first',
    });
  }
  const { data: shape } = await readNpyFrom(await zip.open('shape.npy'));
  const [rows, columns] = [Number(shape[0]), Number(shape[1])];
  const starts = await vector(zip, 'indptr');
  const indices = await vector(zip, 'indices');
  const values = await vector(zip, 'data');
  const nonzeros = values.length;
  if (shape.length !== 2 || starts.length !== rows + 1 || indices.length !== nonzeros)
    throw invalid('rows and entries disagree');

  return {
    rows,
    columns,
    nonzeros,
    async read(first, end) {
      if (!(first >= 0 && first <= end && end <= rows))
        throw new RangeError(`rows ${first} to ${end} of ${rows}`);
      const at = Float64Array.from(await starts.read(first, end + 1), Number);
      const [from, to] = [at[0]!, at.at(-1)!];
      const ascend = at.every((start, i) => i === 0 || start >= at[i - 1]!);
      if (!ascend || from < 0 || to > nonzeros || to - from >= READ_LIMIT)
        throw invalid(`rows ${first} to ${end} have no whole entries`);
      const index = Uint32Array.from(await indices.read(from, to), Number);
      const value = toFloat32(values.dtype, await values.read(from, to));
      if (!index.every((column) => column < columns)) throw invalid(`a column beyond ${columns}`);
      const rowStart = Uint32Array.from(at, (start) => start - from);
      return tidy({ rows: end - first, columns, rowStart, index, value });
    },
    close: () => zip.close(),
  };
}

interface Vector {
  readonly dtype: Dtype;
  readonly length: number;
  read(from: number, to: number): Promise<ReturnType<typeof newArray>>;
}

/** A vector in the archive, to be read in parts. */
async function vector(zip: ZipArchive, name: string): Promise<Vector> {
  const source: ByteSource = await zip.open(`${name}.npy`);
  const { dtype, shape, dataStart } = await readNpyHeader(source);
  const [length = 0] = shape;
  const size = bytesPerElement(dtype);
  if (shape.length !== 1 || source.size !== dataStart + length * size) {
    throw new UserError(`invalid npy file: '${source.name}' is ${source.size} bytes long`, {
      hint: 'its header says otherwise: copy or write the file again',
    });
  }
  return {
    dtype,
    length,
    async read(from, to) {
      const data = newArray(dtype, to - from);
      bytesOf(data).set(await readBytes(source, dataStart + from * size, (to - from) * size));
      return data;
    },
  };
}

/** Rows without entries of 0, columns ascending: SciPy asks for neither. */
function tidy(matrix: CsrMatrix): CsrMatrix {
  const { rows, columns, rowStart, index, value } = matrix;
  const isTidy = (): boolean => {
    if (value.includes(0)) return false;
    for (let r = 0; r + 1 < rowStart.length; r++)
      for (let p = rowStart[r]! + 1; p < rowStart[r + 1]!; p++)
        if (index[p]! <= index[p - 1]!) return false;
    return true;
  };
  if (isTidy()) return matrix;
  const out = { index: [] as number[], value: [] as number[] };
  const starts = new Uint32Array(rowStart.length);
  for (let r = 0; r + 1 < rowStart.length; r++) {
    const entries = new Map<number, number>();
    for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++)
      entries.set(index[p]!, (entries.get(index[p]!) ?? 0) + value[p]!);
    for (const [column, sum] of [...entries].sort(([a], [b]) => a - b)) {
      if (sum === 0) continue;
      out.index.push(column);
      out.value.push(sum);
    }
    starts[r + 1] = out.index.length;
  }
  return {
    rows,
    columns,
    rowStart: starts,
    index: Uint32Array.from(out.index),
    value: Float32Array.from(out.value),
  };
}
