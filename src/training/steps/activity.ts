// When latents last fired, and how often they do: what ghost gradients, resampling and charts go by.

/** Numbers about the firing of latents, as a run goes on. */
export interface Activity {
  /** `[dSae]`: steps since each latent last fired. */
  readonly sinceFired: Uint32Array;
  /** `[dSae]`: rows since each latent last fired, whole batches counted. */
  readonly rowsSinceFired: Float64Array;
  /** `[dSae]`: rows in which each fired since the counts were reset. */
  readonly counts: Float64Array;
  /** Rows since then. */
  rows: number;
  /** Frequencies of the last whole window, as {@link logSparsity}; undefined before its end. */
  lastWindow: Float32Array | undefined;
}

/** Nothing has fired yet. */
export function newActivity(dSae: number): Activity {
  return {
    sinceFired: new Uint32Array(dSae),
    rowsSinceFired: new Float64Array(dSae),
    counts: new Float64Array(dSae),
    rows: 0,
    lastWindow: undefined,
  };
}

/** Note a step of `rows` rows in which the latents fired `fired` `[dSae]` times. */
export function noteStep(activity: Activity, fired: Uint32Array, rows: number): void {
  const { sinceFired, rowsSinceFired, counts } = activity;
  for (let s = 0; s < fired.length; s++) {
    const n = fired[s]!;
    sinceFired[s] = n > 0 ? 0 : sinceFired[s]! + 1;
    rowsSinceFired[s] = n > 0 ? 0 : rowsSinceFired[s]! + rows;
    counts[s]! += n;
  }
  activity.rows += rows;
}

/** End a window of counts: keep its frequencies and count from 0 again. */
export function endWindow(activity: Activity): Float32Array {
  activity.lastWindow = logSparsity(activity);
  activity.counts.fill(0);
  activity.rows = 0;
  return activity.lastWindow;
}

/** `[dSae]`: `log10(frequency + 1e-10)` since the counts were reset, as transcoder-circuits writes it. */
export function logSparsity({ counts, rows }: Activity): Float32Array {
  return Float32Array.from(counts, (n) => Math.log10(n / Math.max(rows, 1) + 1e-10));
}

/** `[dSae]`: 1 for latents that have not fired for more than `window` steps; undefined where there are none. */
export function notFiredFor({ sinceFired }: Activity, window: number): Uint8Array | undefined {
  const dead = Uint8Array.from(sinceFired, (steps) => (steps > window ? 1 : 0));
  return dead.includes(1) ? dead : undefined;
}

/** `[dSae]`: 1 for latents that have not fired for `rows` rows or more; undefined where there are none. */
export function notFiredForRows(
  { rowsSinceFired }: Activity,
  rows: number,
): Uint8Array | undefined {
  const dead = Uint8Array.from(rowsSinceFired, (since) => (since >= rows ? 1 : 0));
  return dead.includes(1) ? dead : undefined;
}

/** Latents to resample, ascending: those that never fired in the window, or those under a frequency. */
export function deadInWindow(
  { counts, rows }: Activity,
  rule: { estimation: 'noFire' | 'frequency'; threshold: number },
): Uint32Array {
  if (rows === 0) return new Uint32Array(0);
  const isDead = (n: number): boolean =>
    rule.estimation === 'noFire' ? n === 0 : n / rows < rule.threshold;
  return Uint32Array.from(counts.keys()).filter((s) => isDead(counts[s]!));
}

/** Number of latents that have not fired for more than `window` steps. */
export function countSilent({ sinceFired }: Activity, window: number): number {
  return sinceFired.reduce((n, steps) => n + (steps > window ? 1 : 0), 0);
}

/**
 * The original's charts about the firing of latents. `nSilent` is `countSilent` as it was before the step, as the
 * original has it.
 */
export function sparsityMetrics(
  { sinceFired, counts, rows }: Activity,
  { nSilent, threshold }: { nSilent: number; threshold: number },
): Record<string, number> {
  const dSae = counts.length;
  const share = (limit: number): number =>
    counts.reduce((n, fired) => n + (fired / Math.max(rows, 1) < limit ? 1 : 0), 0) / dSae;
  return {
    'sparsity/mean_passes_since_fired': sinceFired.reduce((sum, n) => sum + n, 0) / dSae,
    'sparsity/n_passes_since_fired_over_threshold': nSilent,
    'sparsity/below_1e-5': share(1e-5),
    'sparsity/below_1e-6': share(1e-6),
    'sparsity/dead_features': share(threshold),
  };
}
