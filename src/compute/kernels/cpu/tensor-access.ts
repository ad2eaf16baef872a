// Copies between JavaScript arrays and the padded arrays of a coder's memory.
import type { SparseRows } from '../../sparse-rows.ts';
import type { TensorName } from '../types.ts';
import type { Engine } from './engine.ts';

/** Ways between JavaScript arrays and a coder's memory. */
export interface TensorAccess {
  read(name: TensorName): Float32Array;
  write(name: TensorName, values: Float32Array): void;
  putRows(address: number, bytes: number, width: number, values: Float32Array): void;
  getRows(address: number, bytes: number, width: number, rows: number): Float32Array;
  /** Put in place from where on entries of each latent are kept: half a width, times its length, below its threshold. */
  setFloor(width: number): void;
  /** Put `exp(r_mag)` of every latent in place. */
  setGain(): void;
  setPrefixes(prefixes: readonly number[]): void;
  addShares(out: number, shares: number, blocks: number, bytes: number, sign: 1 | -1): void;
  readCodes(rows: number): SparseRows;
  /** Put rows `from … to − 1` of codes into place. */
  writeCodes(codes: SparseRows, from: number, to: number): void;
}

/** Open the padded arrays of a coder's memory to JavaScript. */
export function tensorAccess({ layout, floats }: Engine): TensorAccess {
  const { at, latents, bytesIn, bytesOut } = layout;
  const { dIn, dOut, dSae } = layout.shape;
  const ints = new Int32Array(floats.buffer);
  const seen = new Uint8Array(floats.buffer, at.seen, at.seen === 0 ? 0 : dSae);
  floats.fill(Number.POSITIVE_INFINITY, at.threshold / 4 + dSae, at.threshold / 4 + latents);

  if (at.decoderNorms !== 0) floats.fill(1, at.decoderNorms / 4, at.decoderNorms / 4 + latents);

  const place = (
    name: TensorName,
  ): { start: number; stride: number; width: number; rows: number } => {
    const address = name === 'seen' ? 0 : at[name];
    const absent =
      (name.startsWith('bIn') && layout.inputBias !== 'own') ||
      (name.startsWith('wSkip') && !layout.skip);
    if (address === 0 || absent) throw new Error(`coder: it was made without ${name}`);
    const start = address / 4;
    if (name.startsWith('wEnc')) return { start, stride: bytesIn / 4, width: dIn, rows: dSae };
    if (name.startsWith('wDec')) return { start, stride: bytesOut / 4, width: dOut, rows: dSae };
    if (name.startsWith('wSkip')) return { start, stride: bytesIn / 4, width: dIn, rows: dOut };
    const width = name.startsWith('bDec') ? dOut : name.startsWith('bIn') ? dIn : dSae;
    return { start, stride: width, width, rows: 1 };
  };

  const getRows = (address: number, bytes: number, width: number, rows: number): Float32Array => {
    const out = new Float32Array(rows * width);
    for (let r = 0, o = address / 4; r < rows; r++, o += bytes / 4) {
      out.set(floats.subarray(o, o + width), r * width);
    }
    return out;
  };

  return {
    getRows,
    read(name) {
      if (name === 'seen') return Float32Array.from(seen);
      const { start, stride, width, rows } = place(name);
      return getRows(start * 4, stride * 4, width, rows);
    },
    write(name, values) {
      if (name === 'seen') {
        seen.set(values);
        return;
      }
      const { start, stride, width, rows } = place(name);
      if (values.length !== rows * width) {
        throw new Error(
          `coder: expected ${rows * width} numbers for ${name}, got ${values.length}`,
        );
      }
      for (let r = 0; r < rows; r++)
        floats.set(values.subarray(r * width, (r + 1) * width), start + r * stride);
    },
    putRows(address, bytes, width, values) {
      if (bytes === width * 4) {
        floats.set(values, address / 4);
        return;
      }
      for (let r = 0, o = address / 4; r < values.length / width; r++, o += bytes / 4) {
        floats.set(values.subarray(r * width, (r + 1) * width), o);
      }
    },
    setFloor(width) {
      for (let s = 0; s < latents; s++) {
        const norm = at.decoderNorms === 0 ? 1 : floats[at.decoderNorms / 4 + s]!;
        floats[at.floor / 4 + s] = floats[at.threshold / 4 + s]! - (width / 2) * norm;
      }
    },
    setGain() {
      const rMag = floats.subarray(at.rMag / 4, at.rMag / 4 + latents);
      floats.set(rMag.map(Math.exp), at.gain / 4);
    },
    setPrefixes(prefixes) {
      prefixes.forEach((end, k) => {
        ints[at.prefixes / 4 + k] = k === prefixes.length - 1 ? latents : end;
      });
    },
    addShares(out, shares, blocks, bytes, sign) {
      const width = bytes / 4;
      for (let block = 0; block < blocks; block++) {
        const start = shares / 4 + block * width;
        for (let i = 0; i < width; i++) floats[out / 4 + i]! += sign * floats[start + i]!;
      }
    },
    readCodes(rows) {
      const rowStart = new Uint32Array(rows + 1);
      for (let r = 0; r < rows; r++) rowStart[r + 1] = rowStart[r]! + ints[at.rowCount / 4 + r]!;
      const index = new Uint32Array(rowStart[rows]!);
      const value = new Float32Array(rowStart[rows]!);
      for (let r = 0; r < rows; r++) {
        const from = ints[at.rowStart / 4 + r]!;
        const n = ints[at.rowCount / 4 + r]!;
        index.set(ints.subarray(at.index / 4 + from, at.index / 4 + from + n), rowStart[r]);
        value.set(floats.subarray(at.pre / 4 + from, at.pre / 4 + from + n), rowStart[r]);
      }
      return { columns: dSae, rowStart, index, value };
    },
    writeCodes({ rowStart, index, value }, from, to) {
      const [first, end] = [rowStart[from]!, rowStart[to]!];
      ints.set(index.subarray(first, end), at.index / 4);
      floats.set(value.subarray(first, end), at.pre / 4);
      for (let r = from; r < to; r++) {
        ints[at.rowStart / 4 + r - from] = rowStart[r]! - first;
        ints[at.rowCount / 4 + r - from] = rowStart[r + 1]! - rowStart[r]!;
      }
    },
  };
}
