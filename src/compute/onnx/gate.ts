// A gate between a thread and its end. A worker that is terminated inside onnxruntime takes the whole process down
// (the native code throws while its environment is being torn apart), so whoever ends it waits until it is outside.

const OUTSIDE = 0;
const INSIDE = 1;
const SHUT = 2;

/** State of a gate, shared by the worker and its owner. */
export type GateState = Int32Array<SharedArrayBuffer>;

/** Gates of workers that still run; the process must not exit while one of them is inside. */
const guarded = new Set<GateState>();

/** Make a gate, and let the process wait for it when it exits. */
export function createGate(): GateState {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  if (guarded.size === 0) process.on('exit', shutAll);
  guarded.add(gate);
  return gate;
}

/** In the worker: run `work` inside. Throws when the gate is shut. */
export async function inside<T>(gate: GateState, work: () => Promise<T>): Promise<T> {
  if (Atomics.compareExchange(gate, 0, OUTSIDE, INSIDE) !== OUTSIDE) {
    throw new Error('the session is closed');
  }
  try {
    return await work();
  } finally {
    Atomics.store(gate, 0, OUTSIDE);
    Atomics.notify(gate, 0);
  }
}

/** Shut the gate once the worker is outside; afterwards it can be terminated. */
export async function shut(gate: GateState): Promise<void> {
  while (!tryShut(gate)) await new Promise((resolve) => setTimeout(resolve, 2));
  guarded.delete(gate);
  if (guarded.size === 0) process.off('exit', shutAll);
}

function shutAll(): void {
  for (const gate of guarded) while (!tryShut(gate)) Atomics.wait(gate, 0, INSIDE);
}

function tryShut(gate: GateState): boolean {
  return Atomics.compareExchange(gate, 0, OUTSIDE, SHUT) !== INSIDE;
}
