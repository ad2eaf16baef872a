// The kernels in the browser: on the thread that asks, and on workers where the page may share memory with them.
import { createEngine, type Engine } from '../../../src/compute/kernels/cpu/engine.ts';
import type { Layout } from '../../../src/compute/kernels/cpu/memory/layout.ts';
import { runBlock, type Task } from '../../../src/compute/kernels/cpu/tasks/tasks.ts';
import type { ThreadPool } from '../../../src/compute/kernels/cpu/threads/thread-pool.ts';
import { wasmProducts } from '../../../src/compute/products/memory-products.ts';
import type { CompiledKernels, WasmMemory } from '../../../src/compute/wasm/webassembly.ts';
import type { ThreadMessage, ThreadReply } from './kernel-messages.ts';

/** Rows that one thread encodes at a time: the patches of one picture are shared by several. */
const BLOCK_ROWS = 32;

/** Workers besides the thread that asks. */
interface Helper {
  /** Do what the message says; resolves when it is done. */
  send(message: ThreadMessage): Promise<void>;
  end(): void;
}

/** Open kernels on `threads` threads, the one that asks among them. */
export async function openKernelPool(
  kernels: CompiledKernels,
  { threads, startThread }: { readonly threads: number; readonly startThread: () => Worker },
): Promise<ThreadPool> {
  const counter = new Int32Array(threads > 1 ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
  const helpers = await Promise.all(
    Array.from({ length: threads - 1 }, async (_, i) => {
      const helper = helperOf(startThread());
      await helper.send({ kind: 'start', kernels, counter, thread: i + 1 });
      return helper;
    }),
  );
  const engines = new Map<number, Engine>();
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const all = async (message: ThreadMessage, own: () => Promise<void> | void): Promise<void> => {
    await Promise.all([...helpers.map((helper) => helper.send(message)), own()]);
  };
  return {
    threads,
    blockRows: BLOCK_ROWS,
    products: 'wasm',
    kernels,
    async attach(memory: WasmMemory, layout: Layout) {
      const coder = count++;
      await inTurn(() =>
        all({ kind: 'attach', coder, memory, layout }, () => {
          engines.set(coder, createEngine(memory, layout, 0, { kernels, products: wasmProducts }));
        }),
      );
      return coder;
    },
    detach: (coder) =>
      inTurn(() =>
        all({ kind: 'detach', coder }, () => {
          engines.delete(coder);
        }),
      ),
    run: (coder: number, task: Task) =>
      inTurn(() => {
        counter[0] = 0;
        return all({ kind: 'run', coder, task }, () =>
          runBlocks(engines.get(coder)!, task, counter),
        );
      }),
    async close() {
      await last;
      for (const helper of helpers) helper.end();
    },
  };
}

/** Take blocks of a task until none is left. */
export async function runBlocks(engine: Engine, task: Task, counter: Int32Array): Promise<void> {
  for (;;) {
    const block = Atomics.add(counter, 0, 1);
    if (block >= task.blocks) return;
    await runBlock(engine, task, block);
  }
}

function helperOf(worker: Worker): Helper {
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<ThreadReply>) => {
          if (data.error === undefined) resolve();
          else reject(new Error(data.error));
        };
        worker.onerror = ({ message: why }) => reject(new Error(`a thread ended: ${why}`));
        worker.postMessage(message);
      }),
    end: () => worker.terminate(),
  };
}
