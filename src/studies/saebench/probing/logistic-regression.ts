// Logistic regression of few columns with a ridge, as scikit-learn's `LogisticRegression()` has it: the minimum of
// `½‖w‖² + Σ log(1 + exp(−y (w·x + b)))`. Found by Newton steps; scikit-learn stops near it.

/** A fitted probe. */
export interface LogisticProbe {
  readonly weights: Float64Array;
  readonly bias: number;
}

const MOST_STEPS = 100;
/** The step, in loss, below which the minimum is found. */
const SMALLEST_GAIN = 1e-10;

/** Fit a probe to rows `[n, width]`. */
export function fitLogistic(
  rows: Float64Array,
  labels: readonly boolean[],
  width: number,
): LogisticProbe {
  let beta = new Float64Array(width + 1);
  let loss = penalisedLoss(rows, labels, beta);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = slopes(rows, labels, beta);
    const direction = solve(hessian, gradient);
    let share = 1;
    let next = beta;
    let nextLoss = Number.POSITIVE_INFINITY;
    while (!(nextLoss <= loss) && share > 1e-8) {
      next = beta.map((value, i) => value - share * direction[i]!);
      nextLoss = penalisedLoss(rows, labels, next);
      share /= 2;
    }
    if (!(nextLoss <= loss)) break;
    const gain = loss - nextLoss;
    beta = next;
    loss = nextLoss;
    if (gain < SMALLEST_GAIN) break;
  }
  return { weights: beta.slice(0, width), bias: beta[width]! };
}

/** The logit of one row. */
export function logitOf({ weights, bias }: LogisticProbe, row: ArrayLike<number>): number {
  return weights.reduce((sum, weight, j) => sum + weight * row[j]!, bias);
}

function penalisedLoss(rows: Float64Array, labels: readonly boolean[], beta: Float64Array): number {
  const width = beta.length - 1;
  let sum = 0;
  for (let j = 0; j < width; j++) sum += beta[j]! ** 2 / 2;
  labels.forEach((label, i) => {
    const z = logitAt(rows, i, beta) * (label ? 1 : -1);
    sum += Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  });
  return sum;
}

function logitAt(rows: Float64Array, i: number, beta: Float64Array): number {
  const width = beta.length - 1;
  let z = beta[width]!;
  for (let j = 0; j < width; j++) z += beta[j]! * rows[i * width + j]!;
  return z;
}

/** Gradient and Hessian `[width + 1, width + 1]`; the bias comes last and has no ridge. */
function slopes(
  rows: Float64Array,
  labels: readonly boolean[],
  beta: Float64Array,
): { gradient: Float64Array; hessian: Float64Array } {
  const n = beta.length;
  const width = n - 1;
  const gradient = Float64Array.from(beta, (value, j) => (j < width ? value : 0));
  const hessian = new Float64Array(n * n);
  for (let j = 0; j < width; j++) hessian[j * n + j] = 1;
  // A class that is told perfectly leaves the bias without curvature.
  hessian[n * n - 1] = 1e-12;
  const x = new Float64Array(n).fill(1);
  labels.forEach((label, i) => {
    for (let j = 0; j < width; j++) x[j] = rows[i * width + j]!;
    const p = 1 / (1 + Math.exp(-logitAt(rows, i, beta)));
    const slope = p - (label ? 1 : 0);
    const curve = p * (1 - p);
    for (let j = 0; j < n; j++) {
      gradient[j]! += slope * x[j]!;
      for (let k = 0; k <= j; k++) hessian[j * n + k]! += curve * x[j]! * x[k]!;
    }
  });
  return { gradient, hessian };
}

/** Solve `A x = b` for a positive definite matrix, of which the lower half is read. */
function solve(matrix: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const lower = matrix.slice();
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / lower[j * n + j]!;
    }
  }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}
