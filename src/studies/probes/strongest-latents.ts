// Which latents tell a class from the others: those whose mean differs most, as SAEBench's sparse probing chooses them.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import type { Labels } from '../labels/labels.ts';
import type { FeatureMap } from './features.ts';
import { labelledBatches } from './labelled-rows.ts';

/** A latent and what it says of a class. */
export interface LatentDifference {
  readonly latent: number;
  /** Mean of its codes on rows of the class, less its mean on all other rows. */
  readonly difference: number;
}

/** The latents of each class, and how large the codes of each latent are. */
export interface StrongestLatents {
  /** By class: the latents of largest absolute difference, the largest first. */
  readonly byClass: readonly (readonly LatentDifference[])[];
  /** `[latents]`, root mean square over all labelled rows; 0 of latents that never fire. */
  readonly size: Float64Array;
}

/**
 * Find, for each class, the `k` latents whose mean on rows of the class differs most from that on other rows, in one pass
 * (Karvonen et al. 2025, SAEBench, sparse probing). Latents that never fire are left out.
 * @throws {UserError} when no row has a label.
 */
export async function strongestLatents(
  source: ActivationSource,
  labels: Labels,
  options: {
    readonly features: FeatureMap;
    readonly k: number;
    readonly batchSize?: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<StrongestLatents> {
  const { features, k, batchSize = 1024, signal } = options;
  const { width } = features;
  const nClasses = labels.classes.length;
  const rows = new Float64Array(nClasses);
  const sums = Array.from({ length: nClasses }, () => new Float64Array(width));
  const squares = new Float64Array(width);
  for await (const batch of labelledBatches(source, labels, { features, batchSize, signal })) {
    const { rowStart, index, value } = batch.features as SparseRows;
    for (const [row, number] of batch.classes.entries()) {
      rows[number]! += 1;
      const own = sums[number]!;
      for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
        own[index[p]!]! += value[p]!;
        squares[index[p]!]! += value[p]! ** 2;
      }
    }
  }
  const all = rows.reduce((sum, count) => sum + count, 0);
  if (all === 0) throw new UserError('no row of the activations has a label');
  const total = new Float64Array(width);
  for (const own of sums) for (let at = 0; at < width; at++) total[at]! += own[at]!;
  const fires = Array.from({ length: width }, (_, latent) => latent).filter(
    (latent) => squares[latent]! > 0,
  );
  const byClass = sums.map((own, number) => {
    const inside = Math.max(1, rows[number]!);
    const outside = Math.max(1, all - rows[number]!);
    return fires
      .map((latent) => ({
        latent,
        difference: own[latent]! / inside - (total[latent]! - own[latent]!) / outside,
      }))
      .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || a.latent - b.latent)
      .slice(0, k);
  });
  return { byClass, size: squares.map((sum) => Math.sqrt(sum / all)) };
}
