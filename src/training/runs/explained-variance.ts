// How much of each row a coder explains, as transcoder-circuits charts it while it trains.
import type { ActivationBatch } from '../../activations/types.ts';
import type { Metrics } from './metric-table.ts';

/**
 * Mean and standard deviation over rows of `1 − |x̂ − target|² / |target|²` (train_sae_on_language_model.py), from the
 * errors of a step, `x̂ − target` `[rows, d]`. As there, the target is not centred; there, though, a transcoder is
 * measured against its input. Rows without a finite share are left out.
 */
export function explainedVarianceMetrics(
  { acts, targets = acts }: Pick<ActivationBatch, 'acts' | 'targets'>,
  errors: Float32Array,
  d: number,
): Metrics {
  const shares: number[] = [];
  for (let start = 0; start < targets.length; start += d) {
    let missed = 0;
    let total = 0;
    for (let i = start; i < start + d; i++) {
      missed += errors[i]! ** 2;
      total += targets[i]! ** 2;
    }
    const share = 1 - missed / total;
    if (Number.isFinite(share)) shares.push(share);
  }
  if (shares.length === 0) return {};
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  return {
    'metrics/explained_variance': mean,
    // Of a sample, as torch.std has it; 0 of a single row.
    'metrics/explained_variance_std': Math.sqrt(squares / Math.max(1, shares.length - 1)),
  };
}
