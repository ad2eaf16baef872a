// How the main thread and the kernel threads talk.
import type { MessagePort } from 'node:worker_threads';
import type { GateState } from '../../../onnx/gate.ts';
import type { WasmMemory } from '../../../wasm/webassembly.ts';
import type { Layout } from '../memory/layout.ts';
import type { Task } from '../tasks/tasks.ts';

/** Words of the shared control array. */
export const CONTROL = { generation: 0, nextBlock: 1, finished: 2, words: 3 } as const;

/** What a thread is started with. */
export interface ThreadStart {
  readonly port: MessagePort;
  readonly control: Int32Array;
  readonly thread: number;
  readonly threads: number;
  /** Shut before the thread is ended: onnxruntime must not run then. */
  readonly gate: GateState;
  /** A BLAS library to use, `none` or `wasm`; the first one found when undefined. */
  readonly blas: string | undefined;
  /** `none`: no 8-bit product is looked for; undefined, the environment's SAEV_SCREEN says. */
  readonly screen: 'none' | undefined;
}

export type ThreadMessage =
  | {
      readonly kind: 'attach';
      readonly coder: number;
      readonly memory: WasmMemory;
      readonly layout: Layout;
    }
  | { readonly kind: 'detach'; readonly coder: number }
  | { readonly kind: 'run'; readonly coder: number; readonly work: Task }
  | { readonly kind: 'stop' };
