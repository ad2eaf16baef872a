// A linear probe on all columns, trained by AdamW as SAEBench 0.6 does (`train_probe_gpu`): its accuracy is the best that any pass
// reached on the very examples that measure it, so it is a little too good.
import type { TorchRandom } from '../../../base/python-random/torch-random.ts';
import { adamwStep, withMoments } from '../../probes/adamw.ts';
import type { ProbeData } from './probe-data.ts';

/** How a probe is trained. */
export interface WholeProbeOptions {
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Passes without a better accuracy after which it stops. */
  readonly patience: number;
}

/** What SAEBench trains with. */
export const WHOLE_PROBE: WholeProbeOptions = {
  batchSize: 250,
  epochs: 100,
  learningRate: 1e-2,
  patience: 10,
};

/** Decay of weights that AdamW has where nothing is said. */
const WEIGHT_DECAY = 0.01;

/** Train a probe and give its best accuracy on `test`. */
export function wholeProbeAccuracy(
  train: ProbeData,
  test: ProbeData,
  random: TorchRandom,
  options: WholeProbeOptions = WHOLE_PROBE,
): number {
  const { batchSize, epochs, learningRate, patience } = options;
  const { width } = train.rows;
  // As nn.Linear begins: weights first, then the bias.
  const bound = 1 / Math.sqrt(width);
  const spread = (u: number): number => Math.fround(u * Math.fround(2 * bound) - bound);
  const probe = withMoments(
    Float32Array.from([...random.uniform(width), ...random.uniform(1)], spread),
  );
  const gradient = new Float32Array(width + 1);
  const rates = { learningRate, weightDecay: WEIGHT_DECAY };
  const logit = ({ rows }: ProbeData, row: number): number =>
    rows.dot(row, probe.values) + probe.values[width]!;
  let step = 0;
  let best = 0;
  let waited = 0;
  for (let epoch = 0; epoch < epochs && waited < patience; epoch++) {
    const order = random.permutation(train.chosen.length);
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.subarray(start, start + batchSize);
      gradient.fill(0);
      for (const i of batch) {
        const row = train.chosen[i]!;
        const p = 1 / (1 + Math.exp(-logit(train, row)));
        const slope = (p - (train.labels[i] ? 1 : 0)) / batch.length;
        train.rows.addTo(row, slope, gradient);
        gradient[width]! += slope;
      }
      step++;
      adamwStep(probe, gradient, rates, { step, start: 0, end: width + 1 });
    }
    const right = test.labels.filter(
      (label, i) => logit(test, test.chosen[i]!) > 0 === label,
    ).length;
    const accuracy = right / test.labels.length;
    if (accuracy > best) {
      best = accuracy;
      waited = 0;
    } else waited++;
  }
  return best;
}
