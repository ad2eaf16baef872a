// What each activation function asks of the kernels when a trained coder runs, and what is left to do after them.
import type { Selection } from '../compute/kernels/types.ts';
import type { SparseRows } from '../compute/sparse-rows.ts';
import type { SparseCoder } from './coder.ts';

/** A coder for inference: what the device encodes with, and how its entries become codes. */
export interface InferenceForm {
  readonly selection: Selection;
  /** `[dSae]`: entries above it stay. */
  readonly threshold: Float32Array;
  /** Encoder bias that decides what stays, `[dSae]`. */
  readonly bEnc: Float32Array;
  /** From the device's entries to codes, where they are not codes yet. */
  readonly finish?: (entries: SparseRows) => SparseRows;
}

/** Say which entries a trained coder keeps, and above which threshold. */
export function inferenceForm({ config, weights }: SparseCoder): InferenceForm {
  const { activation, dSae } = config;
  const { bEnc } = weights;
  const above: Selection = { kind: 'threshold', width: 0 };
  const filled = (value: number): Float32Array => new Float32Array(dSae).fill(value);
  switch (activation.kind) {
    case 'relu':
      return { selection: above, threshold: filled(0), bEnc };
    case 'topk': {
      const threshold = filled(activation.signed === true ? Number.NEGATIVE_INFINITY : 0);
      return { selection: { kind: 'topk', k: activation.k }, threshold, bEnc };
    }
    case 'jumprelu': {
      const threshold = filled(0).map((_, s) => Math.max(0, weights.threshold?.[s] ?? 0));
      return { selection: above, threshold, bEnc };
    }
    case 'batchtopk':
      return {
        selection: above,
        threshold: filled(Math.max(0, weights.threshold?.[0] ?? 0)),
        bEnc,
      };
    case 'gated': {
      const gate = weights.gated?.bGate ?? bEnc;
      const rMag = weights.gated?.rMag ?? filled(0);
      const finish = (entries: SparseRows): SparseRows =>
        magnitudes(entries, { gate, bEnc, scale: rMag.map((r) => Math.exp(r)) });
      return { selection: above, threshold: filled(0), bEnc: gate, finish };
    }
  }
}

/**
 * From the pre-activations of open gates, `x W + bGate`, to `relu(exp(rMag) · (x W) + b_enc)`
 * (Rajamanoharan et al. 2024, arXiv 2404.16014).
 */
function magnitudes(
  { columns, rowStart, index, value }: SparseRows,
  { gate, bEnc, scale }: { gate: Float32Array; bEnc: Float32Array; scale: Float32Array },
): SparseRows {
  const kept = {
    columns,
    rowStart: new Uint32Array(rowStart.length),
    index: new Uint32Array(index.length),
    value: new Float32Array(index.length),
  };
  let n = 0;
  for (let r = 0; r + 1 < rowStart.length; r++) {
    for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++) {
      const s = index[p]!;
      const magnitude = scale[s]! * (value[p]! - gate[s]!) + bEnc[s]!;
      if (!(magnitude > 0)) continue;
      kept.index[n] = s;
      kept.value[n++] = magnitude;
    }
    kept.rowStart[r + 1] = n;
  }
  return { ...kept, index: kept.index.slice(0, n), value: kept.value.slice(0, n) };
}
