// One thread's hands: the compiled kernels on a coder's memory, and matrix products.
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { workerUrl } from '../../../base/worker.ts';
import type { Gemm, Products } from '../../products/gemm.ts';
import { type WasmMemory, wasmApi } from '../../wasm/webassembly.ts';
import type { Layout } from './layout.ts';

/** The compiled functions: numbers in (addresses in bytes), a number or nothing out. */
export type WasmKernels = Readonly<Record<string, (...args: number[]) => number>>;

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
      new Uint8Array(readFileSync(workerUrl(import.meta.url, `../../wasm/${name}`, '.wasm')));
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
