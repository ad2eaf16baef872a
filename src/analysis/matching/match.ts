// Features of two dictionaries matched one to one by the cosine of their directions, and how well they agree.
import { assignRows } from './assignment.ts';
import { absoluteCosines } from './cosines.ts';

/** Directions of features, one a row: `[rows, width]`. */
export interface Directions {
  readonly data: Float32Array;
  readonly width: number;
}

/** Features of one dictionary, each with its partner in another. */
export interface Matching {
  /**
   * `optimal`: the sum of cosines is the largest that there is. `greedy`, for dictionaries too wide for that: the closest
   * pair first, then the closest of what is left, among the nearest few of each; some may find no partner.
   */
  readonly method: 'optimal' | 'greedy';
  /** Partner of each row of the first, −1 where it has none: int32 `[rows]`. */
  readonly partner: Int32Array;
  /** Cosine with it, without its sign; 0 where there is none: float32 `[rows]`. */
  readonly cosine: Float32Array;
  /** Row of the second that is nearest, whoever else is near it, int32 `[rows]`. */
  readonly nearest: Int32Array;
  /**
   * Mean correlation coefficient: the mean cosine of the pairs, as many as the narrower dictionary has features; those
   * without a partner count as 0. Between two runs it is PW-MCC (arXiv 2505.20254).
   */
  readonly mcc: number;
}

/** Cosines that an optimal matching holds in memory: 1 GiB. */
export const MOST_COSINES: number = 2 ** 28;
/** Nearest features that a greedy matching knows of each. */
const NEAR = 16;

/**
 * Match the rows of `a` with those of `b`. Of more than `mostCosines` pairs the matching is greedy.
 * @throws {RangeError} for rows of different widths, or a dictionary without any.
 */
export async function matchFeatures(
  a: Directions,
  b: Directions,
  { mostCosines = MOST_COSINES }: { readonly mostCosines?: number } = {},
): Promise<Matching> {
  const { width } = a;
  const [n, m] = [a.data.length / width, b.data.length / b.width];
  if (width !== b.width)
    throw new RangeError(`matching: rows of ${width} and of ${b.width} numbers`);
  if (n === 0 || m === 0) throw new RangeError('matching: a dictionary without features');
  const isOptimal = n * m <= mostCosines;
  const all = new Float32Array(isOptimal ? n * m : 0);
  const nearest = new Int32Array(n);
  const near: Pair[] = [];
  for await (const { first, panel } of absoluteCosines(a.data, b.data, width)) {
    for (let r = 0; r * m < panel.length; r++) {
      const row = panel.subarray(r * m, (r + 1) * m);
      nearest[first + r] = indexOfLargest(row);
      if (!isOptimal) near.push(...nearestOf(row, first + r));
    }
    if (isOptimal) all.set(panel, first * m);
  }
  const partner = isOptimal ? assignRows(all, n, m) : takeClosest(near, n, m);
  const cosine = new Float32Array(n);
  const pairs = isOptimal ? pairsOf(all, partner, m) : near;
  for (const { row, column, value } of pairs) if (partner[row] === column) cosine[row] = value;
  const sum = cosine.reduce((total, value) => total + value, 0);
  const method = isOptimal ? 'optimal' : 'greedy';
  return { method, partner, cosine, nearest, mcc: sum / Math.min(n, m) };
}

/** A pair that may become partners. */
interface Pair {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

function* pairsOf(cosines: Float32Array, partner: Int32Array, columns: number): Generator<Pair> {
  for (const [row, column] of partner.entries()) {
    if (column >= 0) yield { row, column, value: cosines[row * columns + column]! };
  }
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j]! > values[best]!) best = j;
  return best;
}

/** The columns nearest to a row, the nearest first. */
function nearestOf(values: Float32Array, row: number): Pair[] {
  const best: Pair[] = [];
  values.forEach((value, column) => {
    if (best.length === NEAR && value <= best[NEAR - 1]!.value) return;
    let at = best.length;
    while (at > 0 && best[at - 1]!.value < value) at--;
    best.splice(at, 0, { row, column, value });
    if (best.length > NEAR) best.pop();
  });
  return best;
}

/** Take the closest pair, then the closest of what is left, and so on. */
function takeClosest(pairs: readonly Pair[], rows: number, columns: number): Int32Array {
  const partner = new Int32Array(rows).fill(-1);
  const taken = new Uint8Array(columns);
  for (const { row, column } of pairs.toSorted((a, b) => b.value - a.value)) {
    if (partner[row]! >= 0 || taken[column] === 1) continue;
    partner[row] = column;
    taken[column] = 1;
  }
  return partner;
}
