// Worker thread of a pass over shards.
import { workerData } from 'node:worker_threads';
import { type PassInput, passFiller } from './pass.ts';
import type { WorkerInput } from './pass-client.ts';
import { serveWindows } from './serve-windows.ts';

const { input, share } = workerData as WorkerInput<PassInput>;
serveWindows(passFiller(input, share).fill);
