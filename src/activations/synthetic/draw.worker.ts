// Worker thread of a pass over a synthetic world.
import { workerData } from 'node:worker_threads';
import type { WorkerInput } from '../reading/pass-client.ts';
import { serveWindows } from '../reading/serve-windows.ts';
import { type DrawInput, drawFiller } from './draw-pass.ts';

const { input, share } = workerData as WorkerInput<DrawInput>;
serveWindows(drawFiller(input, share));
