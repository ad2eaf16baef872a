// Matrix products as their callers see them: operands and targets in one memory.
import type { WasmKernels } from '../wasm/kernels.ts';

/** A matrix in memory: byte address, floats from one row to the next, and whether it stands transposed. */
export interface Operand {
  readonly at: number;
  readonly stride: number;
  readonly transposed?: boolean;
}

/** Where a product goes: over what is there, or added to it. */
export interface Target {
  readonly at: number;
  readonly stride: number;
  readonly add?: boolean;
}

/** `C [m, n] = A [m, k] · B [k, n]`. Await it: some products are asynchronous. */
export type Gemm = (
  size: readonly [m: number, n: number, k: number],
  a: Operand,
  b: Operand,
  c: Target,
) => void | Promise<void>;

/**
 * `C [m, n] = A [m, k] · B [n, k]ᵀ` of 8-bit integers, exactly, as 32-bit ones; A, B and C are byte addresses, and a multiple of 16
 * numbers is in each row.
 */
export type ByteGemm = (
  size: readonly [m: number, n: number, k: number],
  a: number,
  b: number,
  c: number,
) => void;

export interface Products {
  readonly name: string;
  /** Products on one memory, by one thread; `scratch` is the address of room for the kernels' own product. */
  bind(buffer: ArrayBufferLike, wasm: WasmKernels, scratch: number): Gemm;
}
