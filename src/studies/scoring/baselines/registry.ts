// The baselines. A new one is a file beside this one and an entry here.
import type { Baseline } from './baseline.ts';
import { kMeans } from './k-means.ts';
import { neurons } from './neurons.ts';
import { principalComponents } from './principal-components.ts';
import { randomDirections } from './random-directions.ts';

/** Every baseline, in the order of the table. */
export const BASELINES: readonly Baseline[] = [
  kMeans,
  principalComponents,
  randomDirections,
  neurons,
];
