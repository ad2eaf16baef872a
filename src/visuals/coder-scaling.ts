// The scale on which an autoencoder reads its rows.
import type { Scaling } from '../activations/reading/scaling.ts';
import type { SparseCoder } from '../sae/coder.ts';
import type { VisualsConfig } from './config.ts';

/**
 * The scaling that the autoencoder was trained with, where its checkpoint says so and the settings leave the scaling
 * to be computed: nothing else gives the codes that it learnt.
 */
export function scalingOf(
  coder: SparseCoder,
  { data }: Pick<VisualsConfig, 'data'>,
): Scaling | undefined {
  const { normalization } = coder.config;
  const { scaleMean = true, scaleNorm = true } = data;
  if (normalization === undefined || scaleMean !== true || scaleNorm !== true) return undefined;
  return { clamp: data.clamp, mean: normalization.mean, scalar: normalization.scale ?? 1 };
}
