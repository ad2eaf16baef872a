// Worker thread of a pass over a synthetic world.
import { workerData } from 'node:worker_threads';
import { serveChunks } from '../reading/serve-chunks.ts';
import type { ActivationBatch } from '../types.ts';
import { type DrawInput, drawPass } from './draw-pass.ts';

const spare: ActivationBatch[] = [];
serveChunks(drawPass(workerData as DrawInput, spare), spare);
