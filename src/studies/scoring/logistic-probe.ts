// One-dimensional logistic probes: does the value of one latent tell a concept? As in saev's trait discovery
// (contrib/trait_discovery, probe1d.py): `p = σ(w·z + b)` with a ridge of 1e-8, and R = 1 − loss / loss of a constant.
import type { PairCounts } from './counts.ts';
import { silentRows } from './pair-scores.ts';

/** A fitted probe. */
export interface Probe {
  readonly weight: number;
  readonly bias: number;
  /** Mean cross-entropy in nats on the rows it was fitted to. */
  readonly loss: number;
}

/** Penalty `½·ridge·(w² + (b − b₀)²)` beside the summed loss; `b₀` is the log odds of the concept. */
const RIDGE = 1e-8;
const MOST_STEPS = 100;
/** Largest move of a logit in one step. */
const LONGEST_STEP = 8;
const SMALLEST_SHARE = 1e-7;

/** Fit a probe by damped Newton steps, values of a bin standing for their mean. */
export function fitProbe(counts: PairCounts): Probe {
  const groups = groupsOf(counts);
  const { rows, positives } = counts;
  const share = Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, positives / rows));
  const base = Math.log(share / (1 - share));
  // Steps are taken in units of the largest value, so that neither direction is much steeper.
  const unit = Math.max(1e-30, groups.values[groups.n - 1]!);
  const ridge = { bias: RIDGE, weight: RIDGE / unit ** 2 };
  let [bias, weight] = [base, 0];
  const penalised = (b: number, w: number): number =>
    summedLoss(groups, b, w / unit) + (ridge.bias * (b - base) ** 2 + ridge.weight * w ** 2) / 2;
  let loss = penalised(bias, weight);
  let damping = 1e-3;
  for (let step = 0; step < MOST_STEPS && damping < 1e12; step++) {
    let [g0, g1] = [ridge.bias * (bias - base), ridge.weight * weight];
    let [h00, h01, h11] = [ridge.bias, 0, ridge.weight];
    for (let i = 0; i < groups.n; i++) {
      const x = groups.values[i]! / unit;
      const p = sigmoid(bias + weight * x);
      const slope = groups.all[i]! * p - groups.hits[i]!;
      const curve = groups.all[i]! * p * (1 - p);
      g0 += slope;
      g1 += slope * x;
      h00 += curve;
      h01 += curve * x;
      h11 += curve * x * x;
    }
    const [a, d] = [h00 * (1 + damping), h11 * (1 + damping)];
    const determinant = a * d - h01 * h01;
    const longest = Math.max(
      1,
      Math.abs((d * g0 - h01 * g1) / determinant) / LONGEST_STEP,
      Math.abs((a * g1 - h01 * g0) / determinant) / LONGEST_STEP,
    );
    const db = (d * g0 - h01 * g1) / determinant / longest;
    const dw = (a * g1 - h01 * g0) / determinant / longest;
    const next = penalised(bias - db, weight - dw);
    if (!(next <= loss)) {
      damping *= 10;
      continue;
    }
    const gain = loss - next;
    [bias, weight, loss] = [bias - db, weight - dw, next];
    damping = Math.max(1e-12, damping / 10);
    if (gain <= 1e-12 * rows && Math.abs(db) + Math.abs(dw) < 1e-6) break;
  }
  return { weight: weight / unit, bias, loss: summedLoss(groups, bias, weight / unit) / rows };
}

/** Mean cross-entropy of a probe on other rows. */
export function probeLoss(counts: PairCounts, { weight, bias }: Omit<Probe, 'loss'>): number {
  return summedLoss(groupsOf(counts), bias, weight) / counts.rows;
}

/** Mean cross-entropy of always saying the concept's own share: the entropy of the concept. */
export function constantLoss({ rows, positives }: Pick<PairCounts, 'rows' | 'positives'>): number {
  return entropy(rows, positives) / rows;
}

/** No probe on these counts has a smaller mean loss: any function of the bins is allowed here. */
export function leastLoss(counts: PairCounts): number {
  const silent = silentRows(counts);
  let sum = entropy(silent.all, silent.hits);
  for (let bin = 0; bin < counts.all.length; bin++) {
    if (counts.all[bin]! > 0) sum += entropy(counts.all[bin]!, counts.hits[bin]!);
  }
  return sum / counts.rows;
}

function entropy(all: number, hits: number): number {
  const misses = all - hits;
  const part = (n: number): number => (n <= 0 ? 0 : -n * Math.log(n / all));
  return part(hits) + part(misses);
}

/** Rows in groups of equal value: columns, since they are gone through many times. */
interface Groups {
  readonly values: Float64Array;
  readonly all: Float64Array;
  readonly hits: Float64Array;
  readonly n: number;
}

function groupsOf(counts: PairCounts): Groups {
  const most = counts.all.length + 1;
  const values = new Float64Array(most);
  const all = new Float64Array(most);
  const hits = new Float64Array(most);
  const silent = silentRows(counts);
  let n = 0;
  const add = (value: number, rows: number, positives: number): void => {
    if (rows === 0) return;
    values[n] = value;
    all[n] = rows;
    hits[n++] = positives;
  };
  add(0, silent.all, silent.hits);
  for (let bin = 0; bin < counts.all.length; bin++) {
    add(counts.means[bin]!, counts.all[bin]!, counts.hits[bin]!);
  }
  return { values, all, hits, n };
}

function summedLoss({ values, all, hits, n }: Groups, bias: number, weight: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const z = bias + weight * values[i]!;
    sum += all[i]! * softplus(z) - hits[i]! * z;
  }
  return sum;
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** `log(1 + eᶻ)`, without overflow. */
function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
