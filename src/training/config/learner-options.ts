// From the schema's words for an autoencoder to those of the sae floor.
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { bytes, number } from '../../base/text.ts';
import type { InputBias } from '../../compute/kernels/types.ts';
import { checkActivation } from '../../sae/activation-functions/resolve.ts';
import type { AuxOptions } from '../../sae/learning/auxk.ts';
import type { ErrorScale } from '../../sae/learning/loss-terms.ts';
import type { SaeConfig } from './coder-config.ts';
import type { TrainConfig } from './train-config.ts';

/**
 * Width of the activations.
 * @throws {UserError} when the configuration says another one.
 */
export function checkedWidth(sae: SaeConfig, dModel: number): number {
  if (sae.dVit !== undefined && sae.dVit !== dModel) {
    throw new UserError(`invalid sae.dVit: ${sae.dVit}, but the activations have width ${dModel}`, {
      hint: 'leave it out: it is read from the data',
    });
  }
  return dModel;
}

/** Numbers that one weight matrix may have; more no array takes. */
const MOST_NUMBERS = 2 ** 31;

/**
 * Number of latents.
 * @throws {UserError} when their weights can never fit into memory, or a row is to keep more of them than there are.
 */
export function checkedLatents(sae: SaeConfig, dIn: number, dOut: number): number {
  const latents = sae.dSae ?? dIn * sae.expFactor;
  if ('k' in sae && sae.k > latents) {
    throw new UserError(`invalid sae.k: ${sae.k}, but there are ${number(latents)} latents`, {
      hint: 'keep fewer of each row, or take more latents: sae.expFactor, sae.dSae',
    });
  }
  checkActivation(sae, { ...sae, dSae: latents });
  if (latents * Math.max(dIn, dOut) <= MOST_NUMBERS) return latents;
  const size = bytes(4 * latents * (dIn + dOut));
  throw new UserError(
    `unsupported size: weights of ${number(latents)} latents on ${dIn} dimensions are ${size}`,
    { hint: 'use fewer latents: sae.expFactor, sae.dSae' },
  );
}

/**
 * How dead latents explain what the others leave over; undefined where they do not.
 */
export function auxOf({
  aux,
  auxLatents: latents,
  auxCoeff: coefficient,
}: Pick<TrainConfig, 'aux' | 'auxLatents' | 'auxCoeff'>): AuxOptions | undefined {
  return aux === 'none' ? undefined : { rule: aux, latents, coefficient };
}

/** What is subtracted from inputs: a transcoder's own bias, an autoencoder's b_dec, or what the configuration says. */
export function inputBiasOf({ sae, data }: Pick<TrainConfig, 'sae' | 'data'>): InputBias {
  if (sae.inputBias !== 'auto') return sae.inputBias;
  return data.target === undefined ? 'decoder' : 'own';
}

/** How errors are scaled: by the norm of the target for texts, unless the configuration says. */
export function errorScaleOf(
  { objective }: Pick<TrainConfig, 'objective'>,
  { contexts }: Pick<ActivationSource, 'contexts'>,
): ErrorScale {
  if (objective.errorScale !== 'auto') return objective.errorScale;
  return contexts === undefined ? 'none' : 'targetNorm';
}
