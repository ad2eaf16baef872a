// How rows are scaled: by files that settings name, or computed from samples.
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { computeScaling, type SampledRows, type Scaling } from './reading/scaling.ts';
import { readVector } from './shards/vector-file.ts';

const log = logger('activations');

/** What settings say of scaling. */
interface ScalingSettings {
  readonly clamp?: number;
  readonly scaleMean?: boolean | string | undefined;
  readonly scaleNorm?: boolean | string | undefined;
  readonly nRandomSamples?: number;
}

/** Load the mean and the scale that `options` name by file, and compute those it wants computed from the samples. */
export async function resolveScaling(
  samples: SampledRows,
  dModel: number,
  options: ScalingSettings & {
    /** What an option that is not given means. */
    readonly isScaled: boolean;
  },
): Promise<Scaling> {
  const { isScaled, clamp = 1e5, nRandomSamples = 1 } = options;
  const { scaleMean = isScaled, scaleNorm = isScaled } = options;
  if (!(Number.isInteger(nRandomSamples) && nRandomSamples > 0)) {
    throw new UserError(
      `invalid nRandomSamples ${nRandomSamples}: it must be a whole number above 0`,
    );
  }
  const mean = typeof scaleMean === 'string' ? await readVector(scaleMean) : scaleMean;
  const norm = typeof scaleNorm === 'string' ? await readVector(scaleNorm) : scaleNorm;
  if (typeof norm !== 'boolean' && norm.length !== 1) {
    throw new UserError(
      `invalid scale of activations: '${scaleNorm}' holds ${norm.length} numbers`,
    );
  }
  if (mean === true || norm === true) log.info('computing the scaling of activations');
  return computeScaling(samples, dModel, {
    clamp,
    mean,
    norm: typeof norm === 'boolean' ? norm : norm[0]!,
  });
}
