// One case of bench/train-step.ts, alone in its process so that the peak of memory is its own; prints JSON.
import { cpuKernels } from '../src/compute/kernels/cpu/kernels.ts';
import { type Measured, peakMemory, timed } from './measure.ts';
import { openStep, type StepCase } from './step-inputs.ts';

/** A step, and who does it. */
export interface TrainStepCase extends StepCase {
  readonly threads: number;
  readonly steps: number;
  /** Force our dense or sparse products; by density when undefined. */
  readonly products?: 'dense' | 'sparse';
  /** A BLAS library, or `none`. */
  readonly blas?: string;
  /** `none`: no screening by an 8-bit product. */
  readonly screen?: 'none';
  /** Only find codes, with weights that stay. */
  readonly encodes: boolean;
}

export interface TrainStepMeasured extends Measured {
  readonly mse: number;
  readonly l1: number;
  readonly l0: number;
}

const { threads, steps, products, blas, screen, encodes, ...sizes } = JSON.parse(
  process.argv[2]!,
) as TrainStepCase;
const kernels = await cpuKernels({ threads, products, blas, screen });
const step = await openStep(kernels, sizes);
let seen = { mse: 0, l1: 0, l0: 0 };
const measured = await timed(async () => {
  if (encodes) {
    const codes = await step.encode();
    seen = { mse: Number.NaN, l1: Number.NaN, l0: codes.index.length / sizes.rows };
    return;
  }
  const sums = await step.run();
  const mse = sums.squaredError[0]! / (sizes.rows * sizes.d);
  seen = { mse, l1: sums.l1 / sizes.rows, l0: sums.l0 / sizes.rows };
}, steps);
const name = `saev, ${kernels.name}`;
step.close();
await kernels.close();
const result: TrainStepMeasured = { name, ...measured, peakBytes: peakMemory(), ...seen };
console.log(JSON.stringify(result));
