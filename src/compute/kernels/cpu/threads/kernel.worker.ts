// A kernel thread: sleeps on the control word, takes messages, then takes blocks until none is left.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openByteProduct, openProducts } from '../../../products/open.ts';
import { compiledKernels } from '../../../wasm/compiled.ts';
import { createEngine, type Engine } from '../engine.ts';
import { runBlock } from '../tasks/tasks.ts';
import { CONTROL, type ThreadMessage, type ThreadStart } from './control.ts';

async function serve({
  port,
  control,
  thread,
  threads,
  gate,
  blas,
  screen,
}: ThreadStart): Promise<void> {
  const products = await openProducts(blas, gate);
  const byteProduct = await openByteProduct(blas, screen);
  const machine = { kernels: compiledKernels(), products, byteProduct };
  const engines = new Map<number, Engine>();
  const handle = async (message: ThreadMessage): Promise<boolean> => {
    switch (message.kind) {
      case 'attach':
        engines.set(message.coder, createEngine(message.memory, message.layout, thread, machine));
        return true;
      case 'detach':
        engines.delete(message.coder);
        return true;
      case 'run': {
        const engine = engines.get(message.coder)!;
        for (;;) {
          const block = Atomics.add(control, CONTROL.nextBlock, 1);
          if (block >= message.work.blocks) return true;
          await runBlock(engine, message.work, block);
        }
      }
      case 'stop':
        return false;
    }
  };
  let generation = 0;
  port.postMessage({ ready: products.name, screens: byteProduct !== undefined });
  for (;;) {
    Atomics.wait(control, CONTROL.generation, generation);
    generation = Atomics.load(control, CONTROL.generation);
    for (
      let received = receiveMessageOnPort(port);
      received !== undefined;
      received = receiveMessageOnPort(port)
    ) {
      let error: unknown;
      try {
        if (!(await handle(received.message as ThreadMessage))) return;
      } catch (cause) {
        error = cause;
      }
      const last = Atomics.add(control, CONTROL.finished, 1) === threads - 1;
      if (error !== undefined || last) port.postMessage({ error, last });
    }
  }
}

void serve(workerData as ThreadStart);
