// How a coder's reconstructions compare with their rows, as SAEBench 0.6 defines it (evals/core/main.py): some means are over
// tokens, others over batches.
import type { SparseRows } from '../../../compute/sparse-rows.ts';

/** Rows of one batch: what is to be reconstructed, its reconstruction, its codes. Ignored rows are among them. */
export interface CodedBatch {
  /** `[rows, width]` */
  readonly targets: Float32Array;
  readonly outputs: Float32Array;
  readonly codes: SparseRows;
  readonly width: number;
  /** `[rows]`: whether a row counts. */
  readonly counts: readonly boolean[];
}

/** Statistics of rows. */
export interface RowStatistics {
  readonly l2NormIn: number;
  readonly l2NormOut: number;
  readonly l2Ratio: number;
  /** Mean over batches of `E‖x̂‖² / E⟨x, x̂⟩` (arXiv 2404.16014, equation 10). */
  readonly relativeReconstructionBias: number;
  readonly l0: number;
  /** Sum of a row's codes. */
  readonly l1: number;
  /**
   * `1 − E‖x − x̂‖² / (E‖x‖² − m²)`, where `m` is the mean of all squared entries: so SAEBench has it, though it is the
   * square of the mean that was meant.
   */
  readonly explainedVariance: number;
  /** Mean over tokens of `1 − ‖x − x̂‖² / ‖x − mean of the batch‖²`. */
  readonly explainedVarianceLegacy: number;
  /** `1 − E‖x − x̂‖² / E‖x − mean x‖²`: what is commonly meant, and what SAELens has come to. */
  readonly explainedVarianceAboutMean: number;
  /** Mean over tokens of `‖x − x̂‖²`, divided by the number of tokens in the batch. */
  readonly mse: number;
  readonly cossim: number;
}

/** Norms below this are taken for 1 in ratios. */
const NO_NORM = 1e-4;

/** Gather statistics over batches. */
export function rowStatistics(): { add(batch: CodedBatch): void; result(): RowStatistics } {
  const token = {
    n: 0,
    normIn: 0,
    normOut: 0,
    ratio: 0,
    l0: 0,
    l1: 0,
    legacy: 0,
    mse: 0,
    cosine: 0,
  };
  const batch = { n: 0, bias: 0, squares: 0, squaredEntries: 0, residual: 0 };
  const all = { squares: 0, residual: 0, sum: new Float64Array(0) };
  return {
    add({ targets, outputs, codes, width, counts }) {
      const rows = counts.flatMap((isCounted, row) => (isCounted ? [row] : []));
      if (rows.length === 0) return;
      const mean = new Float64Array(width);
      for (const row of rows)
        for (let j = 0; j < width; j++) mean[j]! += targets[row * width + j]! / rows.length;
      if (all.sum.length === 0) all.sum = new Float64Array(width);
      const sums = { in: 0, out: 0, dot: 0, residual: 0 };
      for (const row of rows) {
        const own = { in: 0, out: 0, dot: 0, residual: 0, spread: 0 };
        for (let j = 0; j < width; j++) {
          const [x, y] = [targets[row * width + j]!, outputs[row * width + j]!];
          own.in += x * x;
          own.out += y * y;
          own.dot += x * y;
          own.residual += (x - y) ** 2;
          own.spread += (x - mean[j]!) ** 2;
          all.sum[j]! += x;
        }
        const [normIn, normOut] = [Math.sqrt(own.in), Math.sqrt(own.out)];
        token.n++;
        token.normIn += normIn;
        token.normOut += normOut;
        token.ratio += normOut / (normIn < NO_NORM ? 1 : normIn);
        token.legacy += 1 - own.residual / own.spread;
        token.mse += own.residual / rows.length;
        token.cosine += normIn * normOut === 0 ? 0 : own.dot / (normIn * normOut);
        for (let p = codes.rowStart[row]!; p < codes.rowStart[row + 1]!; p++) {
          if (codes.value[p] !== 0) token.l0++;
          token.l1 += codes.value[p]!;
        }
        sums.in += own.in;
        sums.out += own.out;
        sums.dot += own.dot;
        sums.residual += own.residual;
      }
      batch.n++;
      batch.bias += sums.out / sums.dot;
      batch.squares += sums.in / rows.length;
      batch.squaredEntries += sums.in / (rows.length * width);
      batch.residual += sums.residual / rows.length;
      all.squares += sums.in;
      all.residual += sums.residual;
    },
    result() {
      const perToken = (sum: number): number => sum / token.n;
      const perBatch = (sum: number): number => sum / batch.n;
      const squareOfMean = all.sum.reduce((sum, each) => sum + (each / token.n) ** 2, 0);
      return {
        l2NormIn: perToken(token.normIn),
        l2NormOut: perToken(token.normOut),
        l2Ratio: perToken(token.ratio),
        relativeReconstructionBias: perBatch(batch.bias),
        l0: perToken(token.l0),
        l1: perToken(token.l1),
        explainedVariance:
          1 -
          perBatch(batch.residual) /
            (perBatch(batch.squares) - perBatch(batch.squaredEntries) ** 2),
        explainedVarianceLegacy: perToken(token.legacy),
        explainedVarianceAboutMean: 1 - all.residual / (all.squares - token.n * squareOfMean),
        mse: perToken(token.mse),
        cossim: perToken(token.cosine),
      };
    },
  };
}
