// What SAELens' `normalize_activations` asks for, and the factor that it keeps beside weights in the middle of training.
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { InputNormalization } from '../coder.ts';
import { parseHeader } from './header.ts';

/** The factor that inputs are multiplied by; null when none was needed. */
export const SCALER_FILE = 'activation_scaler.json';

/** This program's own word on how inputs are scaled. */
export const Normalization = z.strictObject({
  mean: z.array(z.number()).optional(),
  scale: z.number().positive().optional(),
});

const Scaler = z.looseObject({ scaling_factor: z.number().positive().nullable() });

/** How inputs are scaled. */
export interface Scaling {
  readonly normalization?: InputNormalization;
  /** Why the coder cannot be run. */
  readonly obstacle?: UserError;
}

interface Said {
  readonly d_in: number;
  readonly normalize_activations?: string | boolean | null;
  readonly metadata?: { readonly saev_normalization?: z.infer<typeof Normalization> };
}

interface Beside {
  /** The config, for errors. */
  readonly path: string;
  /** What stands in {@link SCALER_FILE}; undefined without one. */
  readonly scaler: unknown;
  /** The factor that a person gave. */
  readonly said: number | undefined;
  readonly transcodes: boolean;
}

/**
 * Say how inputs have to be scaled, or why the coder cannot be run. Weights that were saved in the middle of training with
 * `expected_average_only_in` are for inputs times a factor, and for outputs that are divided by it; at the end SAELens
 * folds it in and writes `none`.
 * @throws {UserError} for numbers that are no scale
 */
export function scalingOf(config: Said, { path, scaler, said, transcodes }: Beside): Scaling {
  const asked = config.normalize_activations ?? 'none';
  // The first versions had a switch.
  const way = asked === true ? 'expected_average_only_in' : asked === false ? 'none' : asked;
  const own = ownNormalization(config, path);
  const read =
    scaler === undefined ? undefined : parseHeader(Scaler, scaler, SCALER_FILE).scaling_factor;
  const refuse = (message: string, hint: string): Scaling => ({
    ...(own && { normalization: own }),
    obstacle: new UserError(message, { hint }),
  });
  if (way === 'none') {
    if (own !== undefined || typeof (read ?? said) !== 'number')
      return own ? { normalization: own } : {};
    return refuse(
      `contradiction: '${path}' says that inputs are not scaled, and a factor of ${read ?? said} is given`,
      `where the factor is in the weights already, remove ${SCALER_FILE}`,
    );
  }
  if (way !== 'expected_average_only_in') {
    return refuse(
      `unsupported normalisation '${way}' of inputs`,
      'only coders whose inputs are used as they are, or times one factor, can be loaded',
    );
  }
  const factor = read === undefined ? said : (said ?? read ?? 1);
  if (factor === undefined) {
    return refuse(
      `missing ${SCALER_FILE} beside '${path}': inputs were normalised ('${asked}') by a factor that stands there`,
      `put {"scaling_factor": …} there, or name it: saev convert FROM TO --scaling-factor N (1 where it is in the weights already)`,
    );
  }
  if (transcodes && factor !== 1) {
    return refuse(
      `unsupported: inputs of a transcoder are multiplied by ${factor} in '${path}'`,
      'let SAELens fold the factor into the weights',
    );
  }
  return factor === 1 ? {} : { normalization: { scale: 1 / factor } };
}

function ownNormalization({ d_in: dIn, metadata }: Said, path: string): Scaling['normalization'] {
  const said = metadata?.saev_normalization;
  if (said === undefined) return undefined;
  const mean = said.mean && Float32Array.from(said.mean);
  if (mean !== undefined && mean.length !== dIn) {
    throw new UserError(
      `invalid checkpoint: the mean in '${path}' has ${mean.length} of ${dIn} numbers`,
    );
  }
  if (mean?.every(Number.isFinite) === false) {
    throw new UserError(`invalid checkpoint: the mean in '${path}' is too large for float32`);
  }
  return { mean, scale: said.scale };
}
