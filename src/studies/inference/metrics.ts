// How well the codes of a set reconstruct it, under the names of saev's `saev.metrics.Metrics` (2026, v0.1.0).
import { UserError } from '../../base/errors.ts';
import { createSpread, type SpreadState } from '../../training/evaluation/spread.ts';

/** Reconstruction metrics over all rows that count, on the scale of training: what `metrics.json` holds. */
export interface InferenceMetrics {
  /** `sse_recon / n_elements` */
  readonly mse_per_dim: number;
  /** `sse_recon / n_tokens` */
  readonly mse_per_token: number;
  /** `sse_recon / sse_baseline` */
  readonly normalized_mse: number;
  readonly baseline_mse_per_dim: number;
  readonly baseline_mse_per_token: number;
  /** `Σ‖x − x̂‖²` */
  readonly sse_recon: number;
  /** `Σ‖x − mean x‖²` */
  readonly sse_baseline: number;
  /** Rows that count. */
  readonly n_tokens: number;
  readonly d_model: number;
  /** `n_tokens · d_model` */
  readonly n_elements: number;
}

/** Sums that the metrics come from, as JSON keeps them exactly. */
export interface ReconstructionState {
  readonly squaredError: number;
  readonly spread: SpreadState;
}

/** Sums over the rows of a set. */
export interface ReconstructionSums {
  /** Take `[rows, dModel]` targets and the sum of their squared errors. */
  add(targets: Float32Array, rows: number, squaredError: number): void;
  save(): ReconstructionState;
  /** @throws {UserError} when there are no rows, or all of them are the same. */
  metrics(): InferenceMetrics;
}

/** Begin the sums, or go on with saved ones. */
export function reconstructionSums(state?: ReconstructionState): ReconstructionSums {
  let sse = state?.squaredError ?? 0;
  const spread = createSpread(state?.spread);
  return {
    add(targets, rows, squaredError) {
      spread.add(targets, rows);
      sse += squaredError;
    },
    save: () => ({ squaredError: sse, spread: spread.save() }),
    metrics() {
      const [n, d, baseline] = [spread.rows, spread.dimensions, spread.total()];
      if (n === 0) throw new UserError('no rows to encode: all of them are left out');
      if (!(baseline > 0)) {
        throw new UserError(`invalid activations: all ${n} rows are the same`, {
          hint: 'an error can only be compared with how far rows lie apart',
        });
      }
      return {
        mse_per_dim: sse / (n * d),
        mse_per_token: sse / n,
        normalized_mse: sse / baseline,
        baseline_mse_per_dim: baseline / (n * d),
        baseline_mse_per_token: baseline / n,
        sse_recon: sse,
        sse_baseline: baseline,
        n_tokens: n,
        d_model: d,
        n_elements: n * d,
      };
    },
  };
}
