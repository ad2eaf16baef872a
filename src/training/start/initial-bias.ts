// Where new coders start: what the first rows of the data are like, and rows that latents point at.
import type { ActivationSource } from '../../activations/types.ts';
import { logger } from '../../base/log.ts';
import { number } from '../../base/text.ts';
import { geometricMedian } from '../../sae/learning/geometric-median.ts';
import type { StartRows } from '../../sae/learning/init.ts';
import type { TrainConfig } from '../config/train-config.ts';

const log = logger('train');

/** Memory for the rows that medians are taken of. */
const MEDIAN_BYTES = 2 ** 29;

/** A typical row of the inputs and of what is reconstructed from them. */
export interface TypicalRows {
  /** `[dModel]` */
  readonly input: Float32Array;
  /** `[dTarget]`; the input itself without targets. */
  readonly target: Float32Array;
}

/**
 * Mean or geometric median of the first `nReinitSamples` rows of one shuffled read, for each run; undefined where biases
 * start at zero or from another coder.
 */
export async function typicalRows(
  configs: readonly TrainConfig[],
  source: ActivationSource,
  shuffleSeed: number,
  signal: AbortSignal | undefined,
): Promise<(TypicalRows | undefined)[]> {
  const { dModel, dTarget = 0 } = source;
  const most = Math.floor(MEDIAN_BYTES / (4 * (dModel + dTarget)));
  const wanted = configs.map(({ sae, from }) => {
    if (sae.bDecInit === 'zeros' || from !== undefined) return 0;
    const rows = Math.min(sae.nReinitSamples, source.length);
    return sae.bDecInit === 'mean' ? rows : Math.min(rows, most);
  });
  const isMedian = (i: number): boolean => configs[i]!.sae.bDecInit === 'geometricMedian';
  const kept = Math.max(0, ...wanted.filter((_, i) => isMedian(i)));
  const inputs = createTypical(dModel, wanted, kept);
  const targets = source.dTarget === undefined ? inputs : createTypical(dTarget, wanted, kept);
  const total = Math.max(...wanted);
  let seen = 0;
  const batches = source.batches({ batchSize: 4096, shuffleSeed, signal });
  for await (const batch of total === 0 ? [] : batches) {
    const rows = Math.min(batch.acts.length / dModel, total - seen);
    inputs.add(batch.acts, rows);
    if (targets !== inputs) targets.add(batch.targets!, rows);
    seen += rows;
    if (seen >= total) break;
  }
  if (kept > 0) log.info(`geometric median of ${number(kept)} rows`);
  const typical: (TypicalRows | undefined)[] = [];
  for (const [i, n] of wanted.entries()) {
    if (n === 0) {
      typical.push(undefined);
      continue;
    }
    const input = isMedian(i) ? await inputs.median(n, signal) : inputs.mean(i);
    const target =
      targets === inputs ? input : isMedian(i) ? await targets.median(n, signal) : targets.mean(i);
    typical.push({ input, target });
  }
  return typical;
}

/** Sums of the first `wanted[i]` rows, float64, and the first `kept` rows themselves. */
function createTypical(
  d: number,
  wanted: readonly number[],
  kept: number,
): {
  add(values: Float32Array, rows: number): void;
  mean(i: number): Float32Array;
  median(rows: number, signal: AbortSignal | undefined): Promise<Float32Array>;
} {
  const sums = wanted.map(() => new Float64Array(d));
  const rowsKept = new Float32Array(kept * d);
  const medians = new Map<number, Promise<Float32Array>>();
  let seen = 0;
  return {
    add(values, rows) {
      for (let r = 0; r < rows; r++, seen++) {
        if (seen < kept) rowsKept.set(values.subarray(r * d, (r + 1) * d), seen * d);
        for (const [i, sum] of sums.entries()) {
          if (seen >= wanted[i]!) continue;
          for (let j = 0; j < d; j++) sum[j]! += values[r * d + j]!;
        }
      }
    },
    mean: (i) => Float32Array.from(sums[i]!, (sum) => sum / wanted[i]!),
    median(rows, signal) {
      const known = medians.get(rows);
      const found = known ?? geometricMedian(rowsKept.subarray(0, rows * d), d, { signal });
      medians.set(rows, found);
      return found;
    },
  };
}

/**
 * Read a row for each of `wanted[i]` latents, the first ones of one shuffled read for all coders; where there are fewer
 * rows than latents they are used again. Undefined where none are wanted.
 */
export async function startRows(
  wanted: readonly number[],
  source: ActivationSource,
  shuffleSeed: number,
  signal: AbortSignal | undefined,
): Promise<(StartRows | undefined)[]> {
  const most = Math.max(0, ...wanted);
  const total = Math.min(most, source.length);
  const { dModel, dTarget } = source;
  const inputs = new Float32Array(most * dModel);
  const targets = dTarget === undefined ? undefined : new Float32Array(most * dTarget);
  let seen = 0;
  const batches = source.batches({ batchSize: 4096, shuffleSeed, signal });
  for await (const batch of total === 0 ? [] : batches) {
    const rows = Math.min(batch.acts.length / dModel, total - seen);
    inputs.set(batch.acts.subarray(0, rows * dModel), seen * dModel);
    if (targets !== undefined)
      targets.set(batch.targets!.subarray(0, rows * dTarget!), seen * dTarget!);
    seen += rows;
    if (seen >= total) break;
  }
  if (seen > 0) {
    repeat(inputs, seen * dModel);
    if (targets !== undefined) repeat(targets, seen * dTarget!);
  }
  return wanted.map((n) =>
    n === 0
      ? undefined
      : {
          inputs: inputs.subarray(0, n * dModel),
          targets: targets?.subarray(0, n * dTarget!),
        },
  );
}

/** Fill the rest of an array with what stands in its first `length` numbers. */
function repeat(values: Float32Array, length: number): void {
  for (let at = length; at < values.length; at += length) {
    values.set(values.subarray(0, Math.min(length, values.length - at)), at);
  }
}
