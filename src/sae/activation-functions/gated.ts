// `f = relu(mag) · 1[gate > 0]`: one bias opens a latent's gate, another and a scale give its value (Rajamanoharan et
// al. 2024, arXiv 2404.16014). Gates learn from a reconstruction of their own, and are what is pressed to be sparse.
import { z } from 'zod';
import type { SparseRows } from '../../compute/sparse-rows.ts';
import { type GateRule, sameThreshold, trainableActivation } from './activation-function.ts';

/** What the programs that train these coders do with what gates reconstruct. */
const RULES = {
  dictionaryLearning: { byNorm: false, trainsDecoder: false },
  saelens: { byNorm: true, trainsDecoder: true },
} as const satisfies Readonly<Record<string, GateRule>>;

export const gated = trainableActivation({
  saved: z.strictObject({ kind: z.literal('gated') }),
  inference(_, weights) {
    const { bEnc } = weights;
    const gate = weights.gated?.bGate ?? bEnc;
    const rMag = weights.gated?.rMag ?? new Float32Array(bEnc.length);
    return {
      selection: { kind: 'threshold', width: 0 },
      threshold: sameThreshold(weights, 0),
      bEnc: gate,
      finish: (entries) => magnitudes(entries, { gate, bEnc, scale: rMag.map((r) => Math.exp(r)) }),
    };
  },
  schema: z
    .strictObject({
      kind: z.literal('gated'),
      gateRule: z
        .enum(['dictionaryLearning', 'saelens'])
        .default('dictionaryLearning')
        .describe(
          "Whose lesson for gates: what they alone reconstruct trains the encoder only, and the sparsity coefficient weighs their sum (dictionaryLearning, the paper); or it trains the decoder, too, and gates are weighed by their rows' norms (saelens).",
        ),
    })
    .describe('A gate decides whether a latent fires, a magnitude how strongly; L1 on gates.'),
  selection: () => ({ kind: 'threshold', width: 0 }),
  initialThreshold: () => 0,
  trainsThreshold: false,
  gates: ({ gateRule }) => RULES[gateRule],
  penalty: 'gates',
  ghostGrads: false,
  save: () => ({}),
});

/** From the pre-activations of open gates, `x W + bGate`, to `relu(exp(rMag) · (x W) + b_enc)`. */
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
