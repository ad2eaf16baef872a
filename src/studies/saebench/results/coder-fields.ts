// What results say of the coder: the fields of SAEBench's own config of a coder that is not SAELens' (custom_sae_config.py).
import { z } from 'zod';
import { isTranscoder, type SparseCoder } from '../../../sae/coder.ts';
import type { BenchedCoder } from '../benched-coder.ts';

const trainedOn = z.looseObject({ trainConfig: z.looseObject({ nPatches: z.number() }) });

/** `sae_cfg_dict`. */
export function coderFields(
  { config, weights }: SparseCoder,
  { place }: Pick<BenchedCoder, 'place'>,
  { model, contextSize, prependBos }: { model: string; contextSize: number; prependBos: boolean },
): Record<string, unknown> {
  const { dIn, dOut, dSae, activation, subtractDecoderBias, metadata } = config;
  const trained = trainedOn.safeParse(metadata);
  const kind = activation.kind === 'relu' ? 'standard' : activation.kind;
  const skip = weights.wSkip === undefined ? '' : 'skip_';
  return {
    model_name: model,
    d_in: dIn,
    d_sae: dSae,
    ...(isTranscoder(config) && { d_out: dOut, hook_name_out: place.output }),
    hook_layer: place.layer,
    hook_name: place.input,
    context_size: contextSize,
    hook_head_index: place.head ?? null,
    architecture: isTranscoder(config) ? `${skip}${kind}_transcoder` : kind,
    apply_b_dec_to_input: subtractDecoderBias,
    activation_fn_str: activation.kind,
    prepend_bos: prependBos,
    normalize_activations: 'none',
    dtype: 'float32',
    device: 'cpu',
    training_tokens: trained.success ? trained.data.trainConfig.nPatches : -1,
  };
}
