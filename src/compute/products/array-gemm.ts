// Dense products on JavaScript arrays, in place and with strides: by a system BLAS on background threads, or by the
// kernels' own code.

import { compileKernels, type WasmKernels } from '../wasm/module.ts';
import { wasmApi } from '../wasm/webassembly.ts';
import { type Blas, findBlas, nameProcessorToBlas } from './blas.ts';

/** A float32 matrix that starts at the first element of `data`. */
export interface ArrayMatrix {
  readonly data: Float32Array;
  /** Elements from one row, as it is stored, to the next. */
  readonly stride: number;
  /** Whether rows are stored as columns. */
  readonly transposed?: boolean;
}

/**
 * `C [m, n] = A [m, k] · B [k, n]`, added to what is in C if so told. Arrays must stay as they are until it is done;
 * calls for different C may run at the same time.
 */
export type ArrayGemm = (
  size: readonly [m: number, n: number, k: number],
  a: ArrayMatrix,
  b: ArrayMatrix,
  c: Omit<ArrayMatrix, 'transposed'> & { readonly add?: boolean },
) => Promise<void>;

/** Find the fastest products of the machine; `wanted` names a BLAS library, or `none`. */
export function arrayGemm(wanted?: string): ArrayGemm {
  nameProcessorToBlas();
  const blas = findBlas(wanted);
  return blas === undefined ? byKernels() : byBlas(blas);
}

function byBlas(blas: Blas): ArrayGemm {
  return async ([m, n, k], a, b, c) => {
    if (m === 0 || n === 0 || k === 0) return;
    const [transA, transB] = [a.transposed === true, b.transposed === true];
    const beta = c.add === true ? 1 : 0;
    const operands = [a.data, a.stride, b.data, b.stride, beta, c.data, c.stride] as const;
    // A thread is not worth its start for a small product.
    if (m * n * k < SMALL) blas.sgemm(transA, transB, m, n, k, ...operands);
    else await blas.sgemmAsync(transA, transB, m, n, k, ...operands);
  };
}

const SMALL = 1e6;
/** Bytes of a page of memory. */
const PAGE = 65536;
const SCRATCH_PAGES = 64;

/** Copies the operands to a memory of the kernels, and the product back. */
function byKernels(): ArrayGemm {
  let room: { readonly floats: Float32Array; readonly wasm: WasmKernels } | undefined;
  /** A memory for operands of so many floats, and room for the kernel behind them. */
  const roomFor = (size: number): { floats: Float32Array; wasm: WasmKernels } => {
    if (room !== undefined && size + room.wasm.gemmScratch!() <= room.floats.length) return room;
    const pages = Math.ceil((4 * size * 1.5) / PAGE) + SCRATCH_PAGES;
    const memory = new wasmApi.Memory({ initial: pages, maximum: pages, shared: true });
    const abort = (): never => {
      throw new Error('a kernel aborted');
    };
    const instance = new wasmApi.Instance(compileKernels(), { env: { memory, abort } });
    const wasm = instance.exports as unknown as WasmKernels;
    room = { floats: new Float32Array(memory.buffer), wasm };
    return room;
  };

  return async ([m, n, k], a, b, c) => {
    if (m === 0 || n === 0 || k === 0) return;
    const extents = [extent(a, m, k), extent(b, k, n), (m - 1) * c.stride + n] as const;
    const starts = [0, padded(extents[0]), padded(extents[0]) + padded(extents[1])] as const;
    const size = padded(starts[2] + extents[2]);
    const { floats, wasm } = roomFor(size);
    [a, b, c].forEach((operand, i) => {
      floats.set(operand.data.subarray(0, extents[i]), starts[i]);
    });
    const steps = (operand: ArrayMatrix, start: number): [number, number, number] =>
      operand.transposed === true
        ? [4 * start, 4, 4 * operand.stride]
        : [4 * start, 4 * operand.stride, 4];
    const out = [4 * starts[2], 4 * c.stride, c.add === true ? 1 : 0] as const;
    wasm.gemm!(m, n, k, ...steps(a, starts[0]), ...steps(b, starts[1]), ...out, 4 * size);
    c.data.set(floats.subarray(starts[2], starts[2] + extents[2]));
  };
}

/** Elements from the first to the last of an operand of `rows × columns`. */
function extent({ stride, transposed }: ArrayMatrix, rows: number, columns: number): number {
  return transposed === true ? (columns - 1) * stride + rows : (rows - 1) * stride + columns;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
