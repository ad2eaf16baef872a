// Where biases start: what the first rows of the data are like.
import type { ActivationSource } from '../../activations/types.ts';
import { logger } from '../../base/log.ts';
import { number } from '../../base/text.ts';
import { geometricMedian } from '../../sae/learning/geometric-median.ts';
import type { TrainConfig } from '../config/train-config.ts';
import type { RowLooker } from './first-rows.ts';

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

/** Looks for the typical rows of some runs. */
interface TypicalLooker extends RowLooker {
  /** What was found for each run; undefined where biases start at zero or from another coder. */
  found(signal: AbortSignal | undefined): Promise<(TypicalRows | undefined)[]>;
}

/** Find the mean or the geometric median of the first `nReinitSamples` rows, for each run on a source. */
export function typicalLooker(
  configs: readonly TrainConfig[],
  source: ActivationSource,
): TypicalLooker {
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
  return {
    wanted: Math.max(0, ...wanted),
    look(batch, rows) {
      inputs.add(batch.acts, rows);
      if (targets !== inputs) targets.add(batch.targets!, rows);
    },
    async found(signal) {
      if (kept > 0) log.info(`geometric median of ${number(kept)} rows`);
      const typical: (TypicalRows | undefined)[] = [];
      for (const [i, n] of wanted.entries()) {
        if (n === 0) {
          typical.push(undefined);
          continue;
        }
        const of = async (rows: Typical): Promise<Float32Array> =>
          isMedian(i) ? rows.median(n, signal) : rows.mean(i);
        const input = await of(inputs);
        typical.push({ input, target: targets === inputs ? input : await of(targets) });
      }
      return typical;
    },
  };
}

interface Typical {
  add(values: Float32Array, rows: number): void;
  mean(i: number): Float32Array;
  median(rows: number, signal: AbortSignal | undefined): Promise<Float32Array>;
}

/** Sums of the first `wanted[i]` rows, float64, and the first `kept` rows themselves. */
function createTypical(d: number, wanted: readonly number[], kept: number): Typical {
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
