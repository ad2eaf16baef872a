// How a feature reads activations as the model gives them, whatever scale its coder was trained on.
import { UserError } from '../base/errors.ts';
import { encoderRow } from '../sae/encoder-rows.ts';
import type { PlacedCoder } from './transcoders.ts';

/** What a feature reads: where it fires, its code is `direction · x + constant`. */
export interface Reading {
  /** `[dIn]`, a copy. */
  readonly direction: Float32Array;
  readonly constant: number;
}

/**
 * Give what a feature reads. A coder may scale its inputs and subtract its decoder's bias; both are folded in.
 *
 * @throws {UserError} for a feature that the coder does not have.
 */
export function readingOf(
  { name, config, weights }: Pick<PlacedCoder, 'name' | 'config' | 'weights'>,
  feature: number,
): Reading {
  const { dIn, dSae, subtractDecoderBias, normalization: { mean, scale = 1 } = {} } = config;
  if (!(Number.isInteger(feature) && feature >= 0 && feature < dSae)) {
    throw new UserError(`invalid feature ${feature}: '${name}' has ${dSae}`);
  }
  const row = encoderRow(weights, feature);
  const shift = subtractDecoderBias ? weights.bDec : undefined;
  let constant = weights.bEnc[feature]!;
  for (let i = 0; i < dIn; i++) {
    constant -= row[i]! * ((mean?.[i] ?? 0) / scale + (shift?.[i] ?? 0));
  }
  return { direction: row.map((w) => w / scale), constant };
}
