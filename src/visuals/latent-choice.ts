// Which latents to show: those in a range of frequency and value, a random choice of them, and those asked for.
import { UserError } from '../base/errors.ts';
import { pythonShuffle } from '../base/python-random/mersenne-twister.ts';
import { Random } from '../base/random.ts';

interface SelectionOptions {
  /** Open range of log10 of the fraction of rows on which a latent fires. */
  readonly logFreqRange: readonly [number, number];
  /** Open range of log10 of a latent's mean value where it fires. */
  readonly logValueRange: readonly [number, number];
  /** Latents to show in any case, before all others. */
  readonly includeLatents: readonly number[];
  /** Most latents to draw besides. */
  readonly nLatents: number;
  readonly seed: number;
}

/** float32 log10, as torch computes it; −∞ for 0. */
export function log10(value: number): number {
  return Math.fround(Math.log10(value));
}

/** Latents, ascending, with both logarithms inside their ranges. A dead latent is in no range. */
export function latentsInRange(
  sparsity: Float32Array,
  meanValues: Float32Array,
  { logFreqRange, logValueRange }: Pick<SelectionOptions, 'logFreqRange' | 'logValueRange'>,
): number[] {
  const isInside = (value: number, [low, high]: readonly [number, number]): boolean =>
    low < value && value < high;
  return Array.from(sparsity.keys()).filter(
    (latent) =>
      isInside(log10(sparsity[latent]!), logFreqRange) &&
      isInside(log10(meanValues[latent]!), logValueRange),
  );
}

/**
 * Choose the latents of the page: those that are `wanted`, then others that fire, at random, up to `count` in all.
 * Wanted latents that never fire stay.
 */
export function pageLatents(
  sparsity: Float32Array,
  wanted: readonly number[],
  { count, seed }: { count: number; seed: number },
): number[] {
  const chosen = new Set(wanted);
  const others = Array.from(sparsity.keys()).filter((i) => sparsity[i]! > 0 && !chosen.has(i));
  const room = Math.max(0, count - chosen.size);
  const random = new Random(seed, 'latents of the page');
  return [...chosen, ...random.shuffle(others).slice(0, room)];
}

/**
 * Choose the latents to show: `includeLatents` first, then at most `nLatents` at random from those in range, the same that
 * Python's saev draws with this seed. No latent comes twice: one that is drawn and included counts for both.
 *
 * @throws {UserError} for an included latent that does not exist.
 */
export function selectLatents(
  sparsity: Float32Array,
  meanValues: Float32Array,
  options: SelectionOptions,
): number[] {
  for (const latent of options.includeLatents) {
    if (!Number.isInteger(latent) || latent < 0 || latent >= sparsity.length) {
      throw new UserError(`invalid latent ${latent} among those to include`, {
        hint: `the autoencoder has latents 0 to ${sparsity.length - 1}`,
      });
    }
  }
  const { includeLatents, nLatents, seed } = options;
  const drawn = pythonShuffle(latentsInRange(sparsity, meanValues, options), seed);
  return [...new Set([...includeLatents, ...drawn.slice(0, nLatents)])];
}
