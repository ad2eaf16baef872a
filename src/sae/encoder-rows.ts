// How a latent's code depends on what it reads: in a gated coder by more than its encoder row.
import type { CoderWeights } from './coder.ts';

/**
 * Give the rows by which codes are linear where latents fire, `f = row · x + b_enc`, `[dSae, dIn]`: those of W_enc, in a
 * gated coder times `exp(r_mag)`. Do not write into them.
 */
export function encoderRows({ wEnc, bEnc, gated }: CoderWeights): Float32Array {
  if (gated === undefined) return wEnc;
  const dIn = wEnc.length / bEnc.length;
  const gain = gated.rMag.map(Math.exp);
  return wEnc.map((value, i) => value * gain[Math.floor(i / dIn)]!);
}

/** Give one of these rows, `[dIn]`. Do not write into it. */
export function encoderRow({ wEnc, bEnc, gated }: CoderWeights, latent: number): Float32Array {
  const dIn = wEnc.length / bEnc.length;
  const row = wEnc.subarray(latent * dIn, (latent + 1) * dIn);
  if (gated === undefined) return row;
  const gain = Math.fround(Math.exp(gated.rMag[latent]!));
  return row.map((value) => value * gain);
}
