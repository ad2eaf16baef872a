// Training steps of linear heads, all of them on the same batch, in a process of its own.
import { setImmediate } from 'node:timers/promises';
import { Random } from '../src/base/random.ts';
import { chooseProducts } from '../src/compute/products/open.ts';
import { denseLearner } from '../src/studies/probes/dense-heads.ts';
import { initHead } from '../src/studies/probes/linear-head.ts';
import { sweepRates } from '../src/studies/probes/train-probes.ts';
import { type Measured, peakMemory, timed } from './measure.ts';

/** Sizes of a case. */
export interface ProbesCase {
  readonly rows: number;
  readonly d: number;
  readonly classes: number;
  readonly steps: number;
}

const sizes = JSON.parse(process.argv[2]!) as ProbesCase;
const { rows, d, classes, steps } = sizes;
const rates = sweepRates([1e-4, 1e-3, 1e-2], [1e-3, 1e-2, 1e-1]);
const random = new Random(1);
const values = Float32Array.from({ length: rows * d }, () => random.normal());
const numbers = Int32Array.from({ length: rows }, () => random.int(classes));
const heads = rates.map((_, i) => initHead(d, classes, i));
const learner = await denseLearner(heads, rates);
const choice = await chooseProducts();
const times = await timed(async () => {
  await learner.step({ columns: d, values }, numbers);
  await setImmediate();
}, steps);
const name = `saev, ${choice.by === 'blas' ? choice.blas.name : choice.by}`;
const measured: Measured = { ...times, name, peakBytes: peakMemory() };
console.log(JSON.stringify(measured));
process.exit(0);
