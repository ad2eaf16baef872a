// AdamW (Loshchilov and Hutter 2019) on named arrays, with a cosine schedule after a linear warm-up.

export interface Optimizer {
  readonly m: Map<string, Float32Array>;
  readonly v: Map<string, Float32Array>;
}

export interface Schedule {
  readonly peak: number;
  readonly warmup: number;
  readonly steps: number;
}

/** Moments at zero for each weight. */
export function createOptimizer(weights: ReadonlyMap<string, Float32Array>): Optimizer {
  const zeros = (): Map<string, Float32Array> =>
    new Map([...weights].map(([name, values]) => [name, new Float32Array(values.length)]));
  return { m: zeros(), v: zeros() };
}

/** Learning rate of step `step`, from 0. */
export function rateAt(step: number, { peak, warmup, steps }: Schedule): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  return 0.5 * peak * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup)));
}

/** Step `step` (from 0): clip the gradients' common norm to 1, then update every weight in place. */
export function adamStep(
  weights: ReadonlyMap<string, Float32Array>,
  gradients: ReadonlyMap<string, Float32Array>,
  { m, v }: Optimizer,
  options: { step: number; rate: number; decay: number },
): number {
  const { step, rate, decay } = options;
  const [beta1, beta2, epsilon] = [0.9, 0.98, 1e-8];
  let squares = 0;
  for (const g of gradients.values()) for (let i = 0; i < g.length; i++) squares += g[i]! * g[i]!;
  const norm = Math.sqrt(squares);
  const clip = Math.min(1, 1 / norm);
  const [c1, c2] = [1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)];
  for (const [name, w] of weights) {
    const [g, mean, square] = [gradients.get(name)!, m.get(name)!, v.get(name)!];
    // Biases, gains and embeddings do not decay.
    const keep = /(bias|ln[^.]*\.weight|embedding)$/.test(name) ? 1 : 1 - rate * decay;
    for (let i = 0; i < w.length; i++) {
      const gradient = clip * g[i]!;
      mean[i] = beta1 * mean[i]! + (1 - beta1) * gradient;
      square[i] = beta2 * square[i]! + (1 - beta2) * gradient * gradient;
      w[i] = keep * w[i]! - (rate * (mean[i]! / c1)) / (Math.sqrt(square[i]! / c2) + epsilon);
    }
  }
  return norm;
}
