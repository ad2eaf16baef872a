// Eigenvectors of a symmetric matrix: Householder reflections to three diagonals, then implicit QL steps
// (Golub and Van Loan, Matrix Computations, chapter 8).

/** Eigenvalues, largest first, and their vectors of length 1, one a row. */
export interface Eigen {
  readonly values: Float64Array;
  /** `[n, n]` */
  readonly vectors: Float64Array;
}

/** Decompose a symmetric matrix `[n, n]`, which is left as it is; about 10 n³ operations. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const { diagonal, beside, basis } = tridiagonal(matrix.slice(), n);
  diagonalize(diagonal, beside, basis, n);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(basis.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** `A = Bᵀ T B` with a tridiagonal T; rows of `basis` are B. `a` is used up. */
function tridiagonal(
  a: Float64Array,
  n: number,
): { diagonal: Float64Array; beside: Float64Array; basis: Float64Array } {
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const beside = new Float64Array(n);
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k]!;
      square += v[i]! ** 2;
    }
    const length = Math.sqrt(square);
    const first = v[k + 1]!;
    beside[k] = first > 0 ? -length : length;
    if (length === 0) continue;
    v[k + 1] = first - beside[k]!;
    const half = square - first * beside[k]!;
    // A ← H A H with H = 1 − v vᵀ / half.
    let projected = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      p[i] = sum / half;
      projected += v[i]! * p[i]!;
    }
    for (let i = k + 1; i < n; i++) p[i]! -= (projected / (2 * half)) * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const [vi, pi] = [v[i]!, p[i]!];
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= vi * p[j]! + pi * v[j]!;
    }
    p.fill(0);
    for (let i = k + 1; i < n; i++) {
      const vi = v[i]!;
      for (let j = 0; j < n; j++) p[j]! += vi * basis[i * n + j]!;
    }
    for (let i = k + 1; i < n; i++) {
      const vi = v[i]! / half;
      for (let j = 0; j < n; j++) basis[i * n + j]! -= vi * p[j]!;
    }
  }
  if (n > 1) beside[n - 2] = a[(n - 1) * n + n - 2]!;
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  return { diagonal, beside, basis };
}

/** Turn the rows of `basis` until the matrix of these diagonals has but one. */
function diagonalize(
  diagonal: Float64Array,
  beside: Float64Array,
  basis: Float64Array,
  n: number,
): void {
  for (let from = 0; from < n; from++) {
    for (;;) {
      const to = endOfBlock(diagonal, beside, from, n);
      if (to === from) break;
      step(diagonal, beside, basis, { from, to, n });
    }
  }
}

/** Last row of the block that begins at `from`: behind it stands a zero beside the diagonal. */
function endOfBlock(diagonal: Float64Array, beside: Float64Array, from: number, n: number): number {
  let to = from;
  while (to + 1 < n) {
    const size = Math.abs(diagonal[to]!) + Math.abs(diagonal[to + 1]!);
    if (Math.abs(beside[to]!) <= Number.EPSILON * size) break;
    to++;
  }
  return to;
}

/** One implicit QL step with Wilkinson's shift, from the end of a block to its beginning. */
function step(
  d: Float64Array,
  e: Float64Array,
  basis: Float64Array,
  { from, to, n }: { from: number; to: number; n: number },
): void {
  const slope = (d[from + 1]! - d[from]!) / (2 * e[from]!);
  const root = Math.hypot(slope, 1);
  let g = d[to]! - d[from]! + e[from]! / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = to - 1; i >= from; i--) {
    const [f, b] = [sine * e[i]!, cosine * e[i]!];
    const length = Math.hypot(f, g);
    e[i + 1] = length;
    if (length === 0) {
      d[i + 1]! -= carried;
      e[to] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[i + 1]! - carried;
    const turned = (d[i]! - g) * sine + 2 * cosine * b;
    carried = sine * turned;
    d[i + 1] = g + carried;
    g = cosine * turned - b;
    const [upper, lower] = [i * n, (i + 1) * n];
    for (let j = 0; j < n; j++) {
      const [x, y] = [basis[upper + j]!, basis[lower + j]!];
      basis[upper + j] = cosine * x - sine * y;
      basis[lower + j] = sine * x + cosine * y;
    }
  }
  d[from]! -= carried;
  e[from] = g;
  e[to] = 0;
}
