// Examples that are kept apart from those of training, to validate on: which ones, by a rule that can be repeated.
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';

/** How a share of a set is chosen. */
export interface ShareApart {
  /** Of all examples that give rows, above 0 and below 1. */
  readonly share: number;
  readonly seed: number;
  /** `first`: those at the beginning, where the rest is read as it comes over a network. @default 'drawn' */
  readonly rule?: 'drawn' | 'first';
}

/**
 * Choose the examples that are kept apart, whole ones, in the order in which they are drawn: a few of them are those at the
 * beginning. At least one, and never all.
 * @throws {UserError} when there are fewer than two examples.
 */
export function examplesApart(
  present: Uint32Array,
  { share, seed, rule = 'drawn' }: ShareApart,
): Uint32Array {
  if (present.length < 2) {
    throw new UserError(
      `nothing can be kept apart for validation: there is ${present.length === 0 ? 'no example' : 'one example'} alone`,
      { hint: 'record more, or name other data with --val-data' },
    );
  }
  const wanted = Math.round(share * present.length);
  const count = Math.min(present.length - 1, Math.max(1, wanted));
  return rule === 'first' ? present.slice(0, count) : drawn(present, seed).slice(0, count);
}

/** Put examples into an order drawn by a seed. */
export function drawn(examples: Uint32Array, seed: number): Uint32Array {
  return new Random(seed, 'validation').shuffle(Uint32Array.from(examples));
}

/** All numbers below `n` that are not among `examples`, ascending. */
export function othersThan(examples: Iterable<number>, n: number): Uint32Array {
  const isOne = new Uint8Array(n);
  for (const example of examples) isOne[example] = 1;
  return Uint32Array.from({ length: n }, (_, i) => i).filter((i) => isOne[i] === 0);
}

/** Join two sets of examples, ascending. */
export function joined(a: Iterable<number>, b: Iterable<number>): Int32Array {
  return Int32Array.from(new Set([...a, ...b])).sort();
}
