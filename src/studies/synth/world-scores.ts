// What a coder of a synthetic world has found of its features. After SAELens' synthetic/evals.py, with the same
// definitions, from sparse codes and sparse truths.
import type { Matching } from '../../analysis/matching/match.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { createSpread } from '../../training/evaluation/spread.ts';

/** How well a coder knows a synthetic world. */
export interface WorldScores {
  readonly rows: number;
  /** Mean number of true features that fire on a row, and of latents. */
  readonly trueL0: number;
  readonly l0: number;
  /** Latents that never fired. */
  readonly nDead: number;
  /** Mean cosine of latents and true features, matched one to one for the largest sum. */
  readonly mcc: number;
  /** Share of latents that are nearest to a true feature that no latent before was nearest to. */
  readonly uniqueness: number;
  /**
   * How well firing of a latent tells that its nearest true feature fires, means over latents; of those that never fire,
   * and of features that never did, 0.
   */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly accuracy: number;
  /** Mean length of a reconstruction over that of its row. */
  readonly shrinkage: number;
  /** `1 − Σ‖x − x̂‖² / Σ‖x − mean x‖²` */
  readonly explainedVariance: number;
}

/** What is known of each latent. */
export interface LatentTruth {
  /** True feature that is nearest by direction, int32 `[dSae]`. */
  readonly nearest: Int32Array;
  /** How well the latent's firing tells that it fires, float64 `[dSae]`. */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly f1: Float64Array;
}

/** Codes of rows beside the truth about them. */
export interface RowsWithTruth {
  /** Which true features fire, `[rows, nFeatures]`. */
  readonly features: SparseRows;
  /** `[rows, dSae]` */
  readonly codes: SparseRows;
  /** float32 `[rows, dModel]`, each. */
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
}

/** Counts over the rows seen so far. */
export interface WorldTally {
  add(batch: RowsWithTruth): void;
  result(): { readonly scores: WorldScores; readonly latents: LatentTruth };
}

/** Rows shorter than this have no shrinkage. */
const SHORTEST = 1e-6;

/** Begin to count for a coder whose decoder rows are matched with the true directions. */
export function worldTally(
  { nearest, mcc }: Pick<Matching, 'nearest' | 'mcc'>,
  nFeatures: number,
): WorldTally {
  const dSae = nearest.length;
  const fired = new Float64Array(dSae);
  const hits = new Float64Array(dSae);
  const truths = new Float64Array(nFeatures);
  const isThere = new Uint8Array(nFeatures);
  const spread = createSpread();
  let [rows, entries, shrinkage, measured, squaredError] = [0, 0, 0, 0, 0];

  const addRow = ({ features, codes }: RowsWithTruth, r: number): void => {
    const there = features.index.subarray(features.rowStart[r], features.rowStart[r + 1]);
    for (const i of there) {
      isThere[i] = 1;
      truths[i]!++;
    }
    for (let e = codes.rowStart[r]!; e < codes.rowStart[r + 1]!; e++) {
      if (codes.value[e] === 0) continue;
      const latent = codes.index[e]!;
      fired[latent]!++;
      entries++;
      hits[latent]! += isThere[nearest[latent]!]!;
    }
    for (const i of there) isThere[i] = 0;
  };

  return {
    add(batch) {
      const { inputs, outputs } = batch;
      const n = batch.features.rowStart.length - 1;
      const width = inputs.length / n;
      for (let r = 0; r < n; r++) {
        addRow(batch, r);
        let [input, output, error] = [0, 0, 0];
        for (let j = r * width; j < (r + 1) * width; j++) {
          const [x, y] = [inputs[j]!, outputs[j]!];
          input += x * x;
          output += y * y;
          error += (x - y) ** 2;
        }
        squaredError += error;
        if (Math.sqrt(input) <= SHORTEST) continue;
        shrinkage += Math.sqrt(output / input);
        measured++;
      }
      spread.add(inputs, n);
      rows += n;
    },
    result() {
      const latents = latentTruth({ nearest, fired, hits, truths });
      const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / dSae;
      const wrong = Float64Array.from(nearest, (i, latent) => {
        return (fired[latent]! + truths[i]! - 2 * hits[latent]!) / rows;
      });
      return {
        latents,
        scores: {
          rows,
          trueL0: truths.reduce((a, b) => a + b, 0) / rows,
          l0: entries / rows,
          nDead: fired.filter((n) => n === 0).length,
          mcc,
          uniqueness: new Set(nearest).size / dSae,
          precision: mean(latents.precision),
          recall: mean(latents.recall),
          f1: mean(latents.f1),
          accuracy: 1 - mean(wrong),
          shrinkage: measured === 0 ? 0 : shrinkage / measured,
          explainedVariance: 1 - squaredError / spread.total(),
        },
      };
    },
  };
}

function latentTruth({
  nearest,
  fired,
  hits,
  truths,
}: {
  readonly nearest: Int32Array;
  readonly fired: Float64Array;
  readonly hits: Float64Array;
  readonly truths: Float64Array;
}): LatentTruth {
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  const precision = hits.map((n, latent) => share(n, fired[latent]!));
  const recall = hits.map((n, latent) => share(n, truths[nearest[latent]!]!));
  const f1 = precision.map((p, latent) => share(2 * p * recall[latent]!, p + recall[latent]!));
  return { nearest, precision, recall, f1 };
}
