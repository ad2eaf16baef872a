// What the kernels ask of the threads that they run on, in Node or in a browser.
import type { CompiledKernels, WasmMemory } from '../../../wasm/webassembly.ts';
import type { Layout } from '../memory/layout.ts';
import type { Task } from '../tasks/tasks.ts';

/** Threads that share the memories of coders. */
export interface ThreadPool {
  readonly threads: number;
  /** Most rows that one thread encodes at a time, where a few rows are to occupy all of them. */
  readonly blockRows?: number;
  /** What does dense products: the name of a BLAS library, `onnxruntime` or `wasm`. */
  readonly products: string;
  /** Whether they have an exact 8-bit product. */
  readonly screens?: boolean;
  /** The kernels that they run. */
  readonly kernels: CompiledKernels;
  /** Let every thread work on a coder's memory; returns the coder's number. */
  attach(memory: WasmMemory, layout: Layout): Promise<number>;
  detach(coder: number): Promise<void>;
  /** Do all blocks of `work`; rejects with the first error of a thread. */
  run(coder: number, work: Task): Promise<void>;
  close(): Promise<void>;
}
