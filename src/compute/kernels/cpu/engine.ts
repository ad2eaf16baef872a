// One thread's hands: the compiled kernels on a coder's memory, and matrix products.
import type { Gemm, Products } from '../../products/types.ts';
import { compileKernels, type WasmKernels } from '../../wasm/module.ts';
import { type WasmMemory, wasmApi } from '../../wasm/webassembly.ts';
import type { Layout } from './layout.ts';

export interface Engine {
  readonly wasm: WasmKernels;
  readonly layout: Layout;
  /** Number of this thread, from 0: which scratch is its own. */
  readonly thread: number;
  readonly gemm: Gemm;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

/** Bring up the kernels on `memory` for one thread. */
export function createEngine(
  memory: WasmMemory,
  layout: Layout,
  thread: number,
  products: Products,
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
    gemm: products.bind(memory.buffer, wasm, layout.scratch[thread]!.gemm),
    floats: new Float32Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  };
}
