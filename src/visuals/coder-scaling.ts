// The scale on which an autoencoder reads its rows.
import type { Scaling } from '../activations/reading/scaling.ts';
import { logger } from '../base/log.ts';
import { short } from '../base/text.ts';
import type { SparseCoder } from '../sae/coder.ts';
import type { VisualsConfig } from './config.ts';

const log = logger('visuals');

/**
 * The scaling that the autoencoder was trained with, as its checkpoint says it, less what the settings switch off:
 * nothing else gives the codes that it learnt. Undefined where the checkpoint does not say, or the settings name files:
 * then the data decide.
 */
export function scalingOf(
  coder: SparseCoder,
  { data }: Pick<VisualsConfig, 'data'>,
): Scaling | undefined {
  const { normalization: { mean, scale = 1 } = {}, isScaleUnsaid } = coder.config;
  const { clamp, scaleMean = true, scaleNorm = true } = data;
  if (isScaleUnsaid || typeof scaleMean === 'string' || typeof scaleNorm === 'string')
    return undefined;
  return { clamp, mean: scaleMean ? mean : undefined, scalar: scaleNorm ? scale : 1 };
}

/** Tell which scaling was taken where the checkpoint does not say its own. */
export function tellScaling(
  coder: SparseCoder,
  { data, ckpt }: Pick<VisualsConfig, 'data' | 'ckpt'>,
  { mean, scalar }: Scaling,
): void {
  if (!coder.config.isScaleUnsaid) return;
  const from = (setting: boolean | string | undefined): string =>
    typeof setting === 'string' ? ` of '${setting}'` : ' of these activations';
  const centred = mean === undefined ? 'not centred' : `less the mean${from(data.scaleMean)}`;
  const scaled = scalar === 1 ? 'not scaled' : `divided by ${short(scalar)}${from(data.scaleNorm)}`;
  log.warn(
    `'${ckpt}' does not say how its inputs were centred and scaled: rows are ${centred}, ${scaled} (--data.scale-mean, --data.scale-norm)`,
  );
}
