// One thread's hands: the compiled kernels on a coder's memory, and matrix products.
import type { ByteGemm, Gemm, Products } from '../../products/types.ts';
import type { WasmKernels } from '../../wasm/kernels.ts';
import { instantiate } from '../../wasm/module.ts';
import type { CompiledKernels, WasmMemory } from '../../wasm/webassembly.ts';
import type { Layout } from './memory/layout.ts';

export interface Engine {
  readonly wasm: WasmKernels;
  readonly layout: Layout;
  /** Number of this thread, from 0: which scratch is its own. */
  readonly thread: number;
  readonly gemm: Gemm;
  /** Where the machine has it. */
  readonly byteGemm?: ByteGemm | undefined;
  readonly floats: Float32Array;
  readonly doubles: Float64Array;
}

/** What of a machine an engine works with. */
export interface Machine {
  readonly kernels: CompiledKernels;
  readonly products: Products;
  readonly byteProduct?: ((buffer: ArrayBufferLike) => ByteGemm) | undefined;
}

/** Bring up the kernels on `memory` for one thread. */
export function createEngine(
  memory: WasmMemory,
  layout: Layout,
  thread: number,
  { kernels, products, byteProduct }: Machine,
): Engine {
  const wasm = instantiate(memory, kernels);
  return {
    wasm,
    layout,
    thread,
    gemm: products.bind(memory.buffer, wasm, layout.scratch[thread]!.gemm),
    byteGemm: byteProduct?.(memory.buffer),
    floats: new Float32Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  };
}
