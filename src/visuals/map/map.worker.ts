// Worker thread that lays out one map and sends it.
import { parentPort, workerData } from 'node:worker_threads';
import { layOutFeatures } from './feature-map.ts';
import type { MapInput } from './map-thread.ts';

const { unit, d, seed } = workerData as MapInput;
parentPort!.postMessage(await layOutFeatures(unit, { d, seed }));
