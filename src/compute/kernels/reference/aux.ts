// The auxiliary loss of dead latents in plain float64.
import type { AuxTerm } from '../types.ts';
import type { ReferenceTensors } from './forward.ts';

/** Variance of what is left, as a share of its square, below which it is nothing but rounding. */
const LEAST_VARIANCE = 1e-6;

/** What a batch left over. */
interface Left {
  /** `x̂ − target` of each row. */
  readonly lastErrors: readonly Float64Array[];
  readonly weights: readonly number[] | undefined;
}

/** Add the gradients of the auxiliary loss (see `AuxTerm`); returns the loss. */
export function addAux(
  tensors: ReferenceTensors,
  x: Float32Array,
  { latents, k, relu, weight, overVariance }: AuxTerm,
  { lastErrors, weights }: Left,
): number {
  const { of, gradient, input, preActivation, options } = tensors;
  const { dIn, dOut } = options;
  const over = overVariance ? variance(lastErrors, weights) : lastErrors.length * dOut;
  if (!(over > 0)) return 0;
  let total = 0;
  lastErrors.forEach((error, row) => {
    const entries = Array.from(latents, (latent) => ({
      latent,
      pre: preActivation(x, row, latent),
    }));
    const kept = entries
      .filter(({ pre }) => !relu || pre > 0)
      .sort((a, b) => b.pre - a.pre || a.latent - b.latent)
      .slice(0, k);
    // What is left is −error.
    const miss = Float64Array.from(error);
    for (const { latent, pre } of kept) {
      for (let i = 0; i < dOut; i++) miss[i]! += pre * of('wDec')[latent * dOut + i]!;
    }
    const scale = (weight * (weights?.[row] ?? 1)) / over;
    for (const value of miss) total += scale * value * value;
    for (const { latent, pre } of kept) {
      of('seen')[latent] = 1;
      let d = 0;
      for (let i = 0; i < dOut; i++) {
        const g = 2 * scale * miss[i]!;
        d += g * of('wDec')[latent * dOut + i]!;
        gradient('wDec')[latent * dOut + i]! += g * pre;
      }
      gradient('bEnc')[latent]! += d;
      for (let i = 0; i < dIn; i++) gradient('wEnc')[latent * dIn + i]! += d * input(x, row, i);
    }
  });
  return total;
}

/** `Σ w (r − mean r)²` over rows of errors and dimensions, the mean weighted, too; 0 where it is next to nothing. */
function variance(rows: readonly Float64Array[], weights: readonly number[] | undefined): number {
  const weightOf = (r: number): number => weights?.[r] ?? 1;
  const mass = rows.reduce((sum, _, r) => sum + weightOf(r), 0);
  const mean = rows[0]!.map(
    (_, i) => rows.reduce((sum, row, r) => sum + weightOf(r) * row[i]!, 0) / mass,
  );
  const sumAbout = (centre: Float64Array): number =>
    rows.reduce(
      (sum, row, r) =>
        sum +
        weightOf(r) * row.reduce((squared, value, i) => squared + (value - centre[i]!) ** 2, 0),
      0,
    );
  const about = sumAbout(mean);
  return about > LEAST_VARIANCE * sumAbout(new Float64Array(mean.length)) ? about : 0;
}
