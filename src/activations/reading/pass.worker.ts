// Worker thread of a pass over shards.
import { workerData } from 'node:worker_threads';
import type { ActivationBatch } from '../types.ts';
import { type PassInput, readPass } from './pass.ts';
import { serveChunks } from './serve-chunks.ts';

const spare: ActivationBatch[] = [];
serveChunks(readPass(workerData as PassInput, spare), spare);
