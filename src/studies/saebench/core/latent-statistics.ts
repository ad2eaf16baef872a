// What can be said of each latent: how often it fires, and where its weights point.
import { cosinePanels } from '../../../analysis/matching/cosines.ts';
import type { SparseRows } from '../../../compute/sparse-rows.ts';
import type { SparseCoder } from '../../../sae/coder.ts';

/** How often latents fire: `[dSae]`, or totals. */
export interface LatentCounts {
  /** Tokens on which each fires, and contexts in which it does. */
  readonly tokens: Float64Array;
  readonly contexts: Float64Array;
  /** Tokens that were counted. */
  nTokens: number;
}

/** Begin to count. */
export function noCounts(dSae: number): LatentCounts {
  return { tokens: new Float64Array(dSae), contexts: new Float64Array(dSae), nTokens: 0 };
}

/** Count the rows of some contexts, `positions` rows each. */
export function countLatents(
  total: LatentCounts,
  { rowStart, index, value }: SparseRows,
  { counts, positions }: { readonly counts: readonly boolean[]; readonly positions: number },
): void {
  const lastContext = new Int32Array(total.tokens.length).fill(-1);
  for (let row = 0; row + 1 < rowStart.length; row++) {
    if (!counts[row]) continue;
    total.nTokens++;
    const context = Math.floor(row / positions);
    for (let p = rowStart[row]!; p < rowStart[row + 1]!; p++) {
      if (!(value[p]! > 0)) continue;
      const latent = index[p]!;
      total.tokens[latent]!++;
      if (lastContext[latent] === context) continue;
      lastContext[latent] = context;
      total.contexts[latent]!++;
    }
  }
}

/** Of each latent, `[dSae]`; NaN where there is nothing to say. */
export interface LatentWeights {
  readonly encoderBias: Float32Array;
  readonly encoderNorm: Float64Array;
  /** Of encoder and decoder row, where these are of one width. */
  readonly encoderDecoderCosine: Float64Array;
  /** With the nearest row of another latent. */
  readonly maxDecoderCosine: Float64Array;
  readonly maxEncoderCosine: Float64Array;
}

/** Say where the weights of a coder point. Gated coders' biases are those of their magnitudes. */
export async function latentWeights({ config, weights }: SparseCoder): Promise<LatentWeights> {
  const { dIn, dOut, dSae } = config;
  const { wEnc, wDec } = weights;
  const norms = { enc: rowNorms(wEnc, dIn), dec: rowNorms(wDec, dOut) };
  const encoderDecoderCosine = new Float64Array(dSae).fill(Number.NaN);
  if (dIn === dOut) {
    for (let s = 0; s < dSae; s++) {
      let dot = 0;
      for (let j = s * dIn; j < (s + 1) * dIn; j++) dot += wEnc[j]! * wDec[j]!;
      encoderDecoderCosine[s] = dot / (norms.enc[s]! * norms.dec[s]!);
    }
  }
  return {
    encoderBias: weights.bEnc,
    encoderNorm: norms.enc,
    encoderDecoderCosine,
    maxDecoderCosine: await nearestOther(wDec, dOut),
    maxEncoderCosine: await nearestOther(wEnc, dIn),
  };
}

function rowNorms(rows: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, row) => {
    let squares = 0;
    for (let j = row * width; j < (row + 1) * width; j++) squares += rows[j]! ** 2;
    return Math.sqrt(squares);
  });
}

/** The largest cosine of each row with another. */
async function nearestOther(rows: Float32Array, width: number): Promise<Float64Array> {
  const n = rows.length / width;
  const nearest = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  for await (const { first, panel } of cosinePanels(rows, rows, width)) {
    for (let r = 0; r * n < panel.length; r++) {
      const own = first + r;
      let best = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++)
        if (j !== own && panel[r * n + j]! > best) best = panel[r * n + j]!;
      nearest[own] = best;
    }
  }
  return nearest;
}
