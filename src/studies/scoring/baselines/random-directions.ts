// Random directions: what any dictionary of this width finds by chance.
import { Random } from '../../../base/random.ts';
import type { ScoredCoder } from '../coded-rows.ts';
import { type Baseline, type FitOptions, meanOf } from './baseline.ts';
import { openDirections } from './direction-coder.ts';

/** Rows that the scale of reconstructions is fitted on. */
const SCALE_ROWS = 4096;

export const randomDirections: Baseline = {
  name: 'random',
  about: 'random directions through the mean, the largest of a row kept',
  async fit(rows, options) {
    const { dModel, width, l0, seed } = options;
    const random = new Random(seed, 'random directions');
    const directions = new Float32Array(width * dModel);
    for (let at = 0; at < directions.length; at += dModel) {
      let square = 0;
      for (let i = 0; i < dModel; i++) {
        directions[at + i] = random.normal();
        square += directions[at + i]! ** 2;
      }
      for (let i = 0; i < dModel; i++) directions[at + i]! /= Math.sqrt(square);
    }
    const mean = meanOf(rows, dModel);
    const k = Math.min(l0, width);
    const coder = await openDirections(
      this.name,
      { directions, mean, activation: { kind: 'topk', k } },
      options,
    );
    const scale = await bestScale(coder, rows.subarray(0, SCALE_ROWS * dModel), mean);
    return scaled(coder, mean, scale, options);
  },
};

/** The number that reconstructions, less the mean, are best multiplied by: directions overlap, so they overshoot. */
async function bestScale(
  coder: { reconstruct(rows: Float32Array): Promise<Float32Array> },
  rows: Float32Array,
  mean: Float32Array,
): Promise<number> {
  const outputs = await coder.reconstruct(rows);
  let [along, square] = [0, 0];
  outputs.forEach((output, i) => {
    const [x, y] = [rows[i]! - mean[i % mean.length]!, output - mean[i % mean.length]!];
    along += x * y;
    square += y * y;
  });
  return square === 0 ? 1 : along / square;
}

function scaled(
  coder: Awaited<ReturnType<typeof openDirections>>,
  mean: Float32Array,
  scale: number,
  { dModel }: FitOptions,
): ScoredCoder {
  return {
    ...coder,
    async evaluate(acts, targets = acts) {
      const { codes, sums } = await coder.evaluate(acts);
      const outputs = await coder.reconstruct(acts);
      let error = 0;
      for (let i = 0; i < outputs.length; i++) {
        const m = mean[i % dModel]!;
        error += (m + scale * (outputs[i]! - m) - targets[i]!) ** 2;
      }
      return { codes, sums: { ...sums, squaredError: [error] } };
    },
  };
}
