// The kernel threads of a process: one set, shared by every coder.
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { workerUrl } from '../../../../base/worker.ts';
import { createGate, type GateState, shut } from '../../../onnx/gate.ts';
import { switchOffTelemetry } from '../../../onnx/telemetry.ts';
import { chooseProducts } from '../../../products/open.ts';
import { compiledKernels } from '../../../wasm/compiled.ts';
import { CONTROL, type ThreadMessage, type ThreadStart } from './control.ts';
import type { ThreadPool } from './thread-pool.ts';

/**
 * Start `threads` kernel threads (one a core by default). They keep the process alive only while they work. `blas`
 * names a library, `none` (then onnxruntime) or `wasm`; undefined, the environment's SAEV_BLAS does. `screen`, or else SAEV_SCREEN,
 * leaves an 8-bit product of the machine aside with `none`.
 */
export async function openPool(
  threads: number = availableParallelism(),
  blas?: string,
  screen?: 'none',
): Promise<ThreadPool> {
  await switchOffTelemetry();
  await chooseProducts(blas); // A library is loaded here first, where the environment is the process's own.
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL.words));
  const ports: MessagePort[] = [];
  const workers: Worker[] = [];
  const gates: GateState[] = [];
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  let failure: unknown;
  let coders = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const ready = Array.from({ length: threads }, (_, thread) => {
    const { port1, port2 } = new MessageChannel();
    const gate = createGate();
    gates.push(gate);
    const start: ThreadStart = { port: port2, control, thread, threads, gate, blas, screen };
    const worker = new Worker(workerUrl(import.meta.url, './kernel.worker'), {
      workerData: start,
      transferList: [port2],
    });
    workers.push(worker);
    ports.push(port1);
    return new Promise<Ready>((resolve, reject) => {
      worker.once('error', (error) => {
        reject(error);
        settle?.reject(error);
      });
      port1.once('message', (started: Ready) => {
        port1.on('message', ({ error, last }: { error?: unknown; last: boolean }) => {
          failure ??= error;
          if (!last) return;
          const done = settle;
          settle = undefined;
          if (failure === undefined) done?.resolve();
          else done?.reject(failure);
        });
        idle(port1, worker);
        resolve(started);
      });
    });
  });

  const send = (message: ThreadMessage): Promise<void> => {
    const call = queue.then(
      () =>
        new Promise<void>((resolve, reject) => {
          settle = { resolve, reject };
          failure = undefined;
          control[CONTROL.nextBlock] = 0;
          control[CONTROL.finished] = 0;
          ports.forEach((port, i) => {
            port.ref();
            workers[i]!.ref();
            port.postMessage(message);
          });
          Atomics.add(control, CONTROL.generation, 1);
          Atomics.notify(control, CONTROL.generation);
        }),
    );
    const settled = call.finally(() => {
      ports.forEach((port, i) => {
        idle(port, workers[i]!);
      });
    });
    queue = settled.catch(() => {});
    return settled;
  };

  const started = await Promise.all(ready);
  const products = started[0]!.ready;
  return {
    threads,
    products,
    screens: started.every(({ screens }) => screens),
    kernels: compiledKernels(),
    async attach(memory, layout) {
      const coder = coders++;
      await send({ kind: 'attach', coder, memory, layout });
      return coder;
    },
    detach: (coder) => send({ kind: 'detach', coder }),
    run: (coder, work) => send({ kind: 'run', coder, work }),
    async close() {
      await queue;
      for (const port of ports) port.postMessage({ kind: 'stop' } satisfies ThreadMessage);
      Atomics.add(control, CONTROL.generation, 1);
      Atomics.notify(control, CONTROL.generation);
      await Promise.all(gates.map((gate) => shut(gate)));
      await Promise.all(workers.map((worker) => worker.terminate()));
      for (const port of ports) port.close();
    },
  };
}

/** What a thread says once it has started. */
interface Ready {
  /** The name of its products. */
  readonly ready: string;
  readonly screens: boolean;
}

/** Let the process end although this thread lives. */
function idle(port: MessagePort, worker: Worker): void {
  port.unref();
  worker.unref();
}
