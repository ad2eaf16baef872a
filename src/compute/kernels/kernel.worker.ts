// A kernel thread: sleeps on the control word, takes messages, then takes blocks until none is left.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { findBlas } from './blas.ts';
import { CONTROL, type ThreadMessage, type ThreadStart } from './control.ts';
import { createEngine, type Engine } from './engine.ts';
import { runBlock } from './tasks.ts';

function serve({ port, control, thread, threads, blas: wanted }: ThreadStart): void {
  const blas = findBlas(wanted);
  const engines = new Map<number, Engine>();
  const handle = (message: ThreadMessage): boolean => {
    switch (message.kind) {
      case 'attach':
        engines.set(message.coder, createEngine(message.memory, message.layout, thread, blas));
        return true;
      case 'detach':
        engines.delete(message.coder);
        return true;
      case 'run': {
        const engine = engines.get(message.coder)!;
        for (;;) {
          const block = Atomics.add(control, CONTROL.nextBlock, 1);
          if (block >= message.work.blocks) return true;
          runBlock(engine, message.work, block);
        }
      }
      case 'stop':
        return false;
    }
  };
  let generation = 0;
  port.postMessage({ ready: blas?.name ?? 'wasm' });
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
        if (!handle(received.message as ThreadMessage)) return;
      } catch (cause) {
        error = cause;
      }
      const last = Atomics.add(control, CONTROL.finished, 1) === threads - 1;
      if (error !== undefined || last) port.postMessage({ error, last });
    }
  }
}

serve(workerData as ThreadStart);
