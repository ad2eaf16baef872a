// metrics.json, as saev reads it.
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { readJson, writeJsonAtomic } from '../../base/files.ts';
import type { InferenceMetrics } from './metrics.ts';

const NAME = 'metrics.json';

const Metrics = z.object({
  mse_per_dim: z.number(),
  mse_per_token: z.number(),
  normalized_mse: z.number(),
  baseline_mse_per_dim: z.number(),
  baseline_mse_per_token: z.number(),
  sse_recon: z.number().min(0),
  sse_baseline: z.number().positive(),
  n_tokens: z.int().positive(),
  d_model: z.int().positive(),
  n_elements: z.int().positive(),
});

/** Write the metrics of codes into their folder. */
export async function writeMetrics(folder: string, metrics: InferenceMetrics): Promise<void> {
  await writeJsonAtomic(join(folder, NAME), metrics);
}

/**
 * Read the metrics of codes, this program's or saev's.
 * @throws {UserError} when they are missing or damaged.
 */
export async function readMetrics(folder: string): Promise<InferenceMetrics> {
  const path = join(folder, NAME);
  const parsed = Metrics.safeParse(await readJson(path, 'metrics of codes'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid metrics of codes: '${path}'`, { cause: parsed.error });
}
