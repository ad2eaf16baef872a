// What a thread of the kernels is told, and what it replies.
import type { Layout } from '../../../src/compute/kernels/cpu/memory/layout.ts';
import type { Task } from '../../../src/compute/kernels/cpu/tasks/tasks.ts';
import type { CompiledKernels, WasmMemory } from '../../../src/compute/wasm/webassembly.ts';

export type ThreadMessage =
  | {
      readonly kind: 'start';
      readonly kernels: CompiledKernels;
      /** One number: the next block to take. */
      readonly counter: Int32Array;
      readonly thread: number;
    }
  | {
      readonly kind: 'attach';
      readonly coder: number;
      readonly memory: WasmMemory;
      readonly layout: Layout;
    }
  | { readonly kind: 'detach'; readonly coder: number }
  | { readonly kind: 'run'; readonly coder: number; readonly task: Task };

export interface ThreadReply {
  readonly error?: string;
}
