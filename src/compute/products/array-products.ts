// Dense products on JavaScript arrays, in place and with strides: by a system BLAS on background threads, or by the
// kernels' own code.

import { compiledKernels } from '../wasm/compiled.ts';
import { GEMM_SCRATCH, type WasmKernels } from '../wasm/kernels.ts';
import { instantiate, newMemory } from '../wasm/module.ts';
import type { Blas } from './blas.ts';
import { wasmProducts } from './memory-products.ts';

/** A float32 matrix that starts at the first element of `data`. */
interface ArrayMatrix {
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

/** Products by a BLAS library. */
export function blasOnArrays(blas: Blas): ArrayGemm {
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

/** Products by the kernels' own code: operands are copied to a memory of theirs, and the product back. */
export function kernelsOnArrays(): ArrayGemm {
  let room: { readonly floats: Float32Array; readonly wasm: WasmKernels } | undefined;
  /** A memory for operands of so many floats, and room for the kernel behind them. */
  const roomFor = (size: number): { floats: Float32Array; wasm: WasmKernels } => {
    if (room !== undefined && size + GEMM_SCRATCH <= room.floats.length) return room;
    const memory = newMemory(4 * (size * 1.5 + GEMM_SCRATCH));
    room = {
      floats: new Float32Array(memory.buffer),
      wasm: instantiate(memory, compiledKernels()),
    };
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
    const gemm = wasmProducts.bind(floats.buffer, wasm, 4 * size);
    const [left, right, out] = [4 * starts[0], 4 * starts[1], 4 * starts[2]];
    await gemm([m, n, k], { ...a, at: left }, { ...b, at: right }, { ...c, at: out });
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
