// A worker that shares the memory of coders with the engine, and takes blocks of its work.
import { createEngine, type Engine } from '../../../src/compute/kernels/cpu/engine.ts';
import { wasmProducts } from '../../../src/compute/products/memory-products.ts';
import type { ThreadMessage, ThreadReply } from './kernel-messages.ts';
import { runBlocks } from './kernel-pool.ts';

const engines = new Map<number, Engine>();
let started: Extract<ThreadMessage, { kind: 'start' }> | undefined;

self.onmessage = async ({ data }: MessageEvent<ThreadMessage>) => {
  let reply: ThreadReply = {};
  try {
    await handle(data);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(reply);
};

async function handle(message: ThreadMessage): Promise<void> {
  if (message.kind === 'start') {
    started = message;
    return;
  }
  const { kernels, counter, thread } = started!;
  const { coder } = message;
  if (message.kind === 'detach') engines.delete(coder);
  else if (message.kind === 'attach') {
    const machine = { kernels, products: wasmProducts };
    engines.set(coder, createEngine(message.memory, message.layout, thread, machine));
  } else await runBlocks(engines.get(coder)!, message.task, counter);
}
