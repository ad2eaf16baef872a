// One thread's hands: the compiled kernels on a coder's memory, and matrix products through BLAS or the kernels' own.
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { workerUrl } from '../../base/worker.ts';
import type { Blas } from './blas.ts';
import type { Layout } from './layout.ts';
import { type WasmMemory, wasmApi } from './webassembly.ts';

/** The compiled functions: numbers in (addresses in bytes), a number or nothing out. */
export type WasmKernels = Readonly<Record<string, (...args: number[]) => number>>;

/** `C [m, n] = op(A)·op(B)`, added to C when `accumulate`; byte addresses, leading dimensions in floats. */
export type Gemm = (
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  accumulate: boolean,
  c: number,
  ldc: number,
) => void;

export interface Engine {
  readonly wasm: WasmKernels;
  readonly layout: Layout;
  /** Number of this thread, from 0: which scratch is its own. */
  readonly thread: number;
  readonly gemm: Gemm;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

let compiled: object | undefined;

/** Compile the kernels for this engine: with fused multiply-add where V8 has relaxed SIMD. */
export function compileKernels(): object {
  if (compiled === undefined) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
    const read = (name: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(readFileSync(workerUrl(import.meta.url, `./${name}`, '.wasm')));
    const fused = read('kernels');
    compiled = new wasmApi.Module(wasmApi.validate(fused) ? fused : read('kernels-plain'));
  }
  return compiled;
}

/** Bring up the kernels on `memory` for one thread. */
export function createEngine(
  memory: WasmMemory,
  layout: Layout,
  thread: number,
  blas: Blas | undefined,
): Engine {
  const instance = new wasmApi.Instance(compileKernels(), {
    env: {
      memory,
      abort: () => {
        throw new Error('a kernel aborted');
      },
    },
  });
  const wasm = instance.exports as unknown as WasmKernels;
  return {
    wasm,
    layout,
    thread,
    gemm:
      blas === undefined
        ? ownGemm(wasm, layout.scratch[thread]!.gemm)
        : blasGemm(blas, memory.buffer),
    floats: new Float32Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  };
}

function blasGemm(blas: Blas, buffer: ArrayBufferLike): Gemm {
  const view = (address: number): Float32Array => new Float32Array(buffer, address, 16);
  return (transA, transB, m, n, k, a, lda, b, ldb, accumulate, c, ldc) => {
    if (m === 0 || n === 0) return;
    const beta = accumulate ? 1 : 0;
    blas.sgemm(transA, transB, m, n, k, view(a), lda, view(b), ldb, beta, view(c), ldc);
  };
}

function ownGemm(wasm: WasmKernels, scratch: number): Gemm {
  return (transA, transB, m, n, k, a, lda, b, ldb, accumulate, c, ldc) => {
    if (m === 0 || n === 0) return;
    const [aRow, aCol] = transA ? [4, 4 * lda] : [4 * lda, 4];
    const [bRow, bCol] = transB ? [4, 4 * ldb] : [4 * ldb, 4];
    wasm.gemm!(m, n, k, a, aRow, aCol, b, bRow, bCol, c, 4 * ldc, accumulate ? 1 : 0, scratch);
  };
}
