// Fine-tuning: what a checkpoint that training goes on from says of the job, and what must fit it.

import type { Scaling } from '../../activations/reading/scaling.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { ACTIVATION_FUNCTIONS } from '../../sae/activation-functions/registry.ts';
import { trainableOf } from '../../sae/activation-functions/resolve.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { trainingSettings } from '../../sae/checkpoints/training-settings.ts';
import { isTranscoder, type SparseCoder } from '../../sae/coder.ts';
import type { TrainConfig, TrainConfigInput } from './train-config.ts';

const log = logger('train');

/**
 * Settings of a job that goes on from the coder `name` (see `readCoder`): its size, activation function and input bias,
 * and, where the checkpoint says it, its sparsity coefficient and that rows are not scaled. What a job says besides is
 * laid over them.
 * @throws {UserError} when there is no such coder, and for one that cannot be trained
 */
export async function settingsOfCoder(
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Pick<TrainConfigInput, 'data' | 'sae' | 'objective'>> {
  const { config, weights } = await readTrainable(name, options);
  const { activation, dSae, subtractDecoderBias, normalization, isScaleUnsaid } = config;
  const { sparsityCoeff } = trainingSettings(config.metadata);
  const { signed, ...own } = { signed: false, ...activation };
  if (signed === true) {
    log.warn(`'${name}' keeps negative values among its k; training goes on with positive ones`);
  }
  const isUnscaled = normalization === undefined && isScaleUnsaid !== true;
  const inputBias = subtractDecoderBias ? 'decoder' : isTranscoder(config) ? 'own' : 'none';
  return {
    sae: {
      ...own,
      dSae,
      inputBias,
      ...(weights.wSkip === undefined ? {} : { skip: true }),
    } as NonNullable<TrainConfigInput['sae']>,
    ...(sparsityCoeff === undefined ? {} : { objective: { sparsityCoeff } }),
    ...(isUnscaled ? { data: { scaleMean: false, scaleNorm: false } } : {}),
  };
}

/**
 * Read the coder that `config` goes on from; undefined where it begins anew.
 * @throws {UserError} when it is missing, cannot be trained, or has another width or number of latents
 */
export async function coderToStartFrom(
  { from, sae }: Pick<TrainConfig, 'from' | 'sae'>,
  widths: { readonly dIn: number; readonly dOut: number },
  options: { readonly signal?: AbortSignal } = {},
): Promise<SparseCoder | undefined> {
  if (from === undefined) return undefined;
  const coder = await readTrainable(from, options);
  const { dIn, dOut, dSae } = coder.config;
  for (const [has, wanted, what] of [
    [dIn, widths.dIn, 'reads'],
    [dOut, widths.dOut, 'reconstructs'],
  ] as const) {
    if (has === wanted) continue;
    throw new UserError(
      `invalid from: '${from}' ${what} ${has} dimensions, but the activations have ${wanted}`,
      { hint: 'read the layer of the model that it was trained on' },
    );
  }
  if (coder.weights.wSkip !== undefined && !sae.skip) {
    throw new UserError(`invalid sae.skip: false, but '${from}' has a skip connection`, {
      hint: 'its latents explain what the connection leaves: leave sae.skip out',
    });
  }
  if (coder.config.activation.kind === 'gated' && sae.kind !== 'gated') {
    throw new UserError(`invalid sae.kind: ${sae.kind}, but '${from}' is a gated coder`, {
      hint: 'its gates and codes have biases of their own: leave sae.kind out',
    });
  }
  const asked = sae.dSae ?? widths.dIn * sae.expFactor;
  if (asked !== dSae) {
    throw new UserError(`invalid number of latents: ${asked}, but '${from}' has ${dSae}`, {
      hint: `leave sae.expFactor out, or set sae.dSae to ${dSae}`,
    });
  }
  return coder;
}

/**
 * The scaling of rows that the coder `from` was trained on, as its checkpoint says it; undefined where that is left to
 * the data or the job says its own.
 * @throws {UserError} when there is no such coder
 */
export async function scalingToStartFrom(
  { from, data }: Pick<TrainConfig, 'from' | 'data'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Scaling | undefined> {
  if (from === undefined) return undefined;
  if (data.scaleMean !== undefined || data.scaleNorm !== undefined) return undefined;
  const { normalization } = (await readTrainable(from, options)).config;
  if (normalization === undefined) return undefined;
  const { mean, scale = 1 } = normalization;
  return { clamp: data.clamp, mean, scalar: scale };
}

async function readTrainable(
  name: string,
  options: { readonly signal?: AbortSignal },
): Promise<SparseCoder> {
  const coder = await readCoder(name, options);
  const { activation } = coder.config;
  const kinds = trainableOf(ACTIVATION_FUNCTIONS).map(({ saved }) => saved.shape.kind.value);
  if (!kinds.some((kind) => kind === activation.kind)) {
    throw new UserError(`unsupported from: '${name}' is a ${activation.kind} coder`, {
      hint: `coders of these kinds can be trained: ${kinds.join(', ')}`,
    });
  }
  return coder;
}
