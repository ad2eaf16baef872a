// The rarer terms of the loss in plain float64: ghost gradients and sparse connections.

/** One row as the ghosts see it. */
interface GhostRow {
  /** `Σ exp(pre) W_dec` over the ghosts, `[d]`. */
  readonly ghost: Float64Array;
  /** `x̂ − target` */
  readonly error: Float64Array;
  /** `target − x̂`, or `x − x̂`: what the ghosts are to explain. */
  readonly residual: Float64Array;
  /** What the row's squared error is multiplied with. */
  readonly weight: number;
}

/**
 * Loss of a row's ghosts and its gradient with respect to `ghost`. The ghosts' sum, scaled to half the length of the
 * residual `r`, is `g`; the loss is `Σ t (g − r)² / |r|`, where `t = weight · error² / ((g − r)² / |r| + 1e-6)` gives
 * every dimension the size of its own error. Neither the scale nor `t` passes a gradient on (Jermyn and Templeton
 * 2024, "Ghost Grads"; sae_training/sparse_autoencoder.py). A row without residual has no loss.
 */
export function ghostLoss(row: GhostRow): { loss: number; gradient: Float64Array } {
  const { ghost, error, residual, weight } = row;
  const length = Math.hypot(...residual);
  const gradient = new Float64Array(ghost.length);
  if (length === 0 || weight === 0) return { loss: 0, gradient };
  const scale = length / (1e-6 + 2 * Math.hypot(...ghost));
  let loss = 0;
  for (let i = 0; i < ghost.length; i++) {
    const miss = scale * ghost[i]! - residual[i]!;
    const squared = miss ** 2 / length;
    const size = (weight * error[i]! ** 2) / (squared + 1e-6);
    loss += size * squared;
    gradient[i] = (2 * size * scale * miss) / length;
  }
  return { loss, gradient };
}

/**
 * `Σ |<direction, W_dec[i]>|` over all directions `[n, d]` and latents; adds `weight` times its gradient,
 * `Σ sign(<direction, W_dec[i]>) · direction`, to `gradient [dSae, d]`.
 */
export function connectionLoss(
  wDec: Float64Array,
  directions: Float32Array,
  { d, weight, gradient }: { d: number; weight: number; gradient: Float64Array },
): number {
  let sum = 0;
  for (let s = 0; s < wDec.length; s += d) {
    for (let n = 0; n < directions.length; n += d) {
      let product = 0;
      for (let i = 0; i < d; i++) product += wDec[s + i]! * directions[n + i]!;
      sum += Math.abs(product);
      const sign = Math.sign(product);
      for (let i = 0; i < d; i++) gradient[s + i]! += weight * sign * directions[n + i]!;
    }
  }
  return sum;
}

/** `1 / |row|`, 0 for a row of zeros. */
export function inverseNorm(row: Float32Array): number {
  const length = Math.hypot(...row);
  return length > 0 ? 1 / length : 0;
}
