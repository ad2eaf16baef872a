// Writing SAELens' layout: the config that says what a coder is, and its tensors. https://github.com/jbloomAus/SAELens
import { join } from 'node:path';
import { transpose } from '../../base/arrays.ts';
import { writeJsonAtomic } from '../../base/files.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors.ts';
import { f32 } from '../../formats/tensor.ts';
import type { Activation } from '../activation-functions/registry.ts';
import { type CoderConfig, isTranscoder, type SparseCoder } from '../coder.ts';
import { weightsForDecoderBias } from '../fold.ts';
import { without } from './header.ts';
import { metadataWithPlace } from './place-fields.ts';

/** The config of a checkpoint. */
export const SAELENS_CONFIG = 'cfg.json';
/** Its weights. */
export const SAELENS_WEIGHTS = 'sae_weights.safetensors';

/** Activation functions that SAELens has a place for. */
const KNOWN: readonly string[] = ['relu', 'topk', 'batchtopk', 'jumprelu', 'gated'];

/** Tell whether an activation function is this program's own, so that what it needs stands in the metadata. */
export function isOwnActivation({ kind }: Activation): boolean {
  return !KNOWN.includes(kind);
}

/** The SAELens version whose layout is written; its loader takes files without one for older. */
const LAYOUT_VERSION = '6.18.0';

/** Metadata that SAELens keeps beside the structure. */
const TOP_LEVEL = ['normalize_activations', 'reshape_activations'];

/**
 * Write a coder of any kind into folder `path`: first the weights, then the config that makes them a checkpoint.
 * A batchtopk coder becomes a jumprelu one with its threshold, as SAELens itself saves it. What SAELens does not know
 * (input normalisation, signed top-k, what was a batchtopk coder, other activation functions) stands in the metadata: this
 * program reads it, SAELens leaves it aside.
 */
export async function writeSaelens(coder: SparseCoder, path: string): Promise<void> {
  const config = saelensConfig(coder);
  await writeSafetensors(join(path, SAELENS_WEIGHTS), saelensTensors(coder), {
    metadata: { format: 'pt' },
  });
  await writeJsonAtomic(join(path, SAELENS_CONFIG), config);
}

function saelensConfig({ config, weights }: SparseCoder): Record<string, unknown> {
  const { dIn, dOut, dSae, activation, normalization } = config;
  const metadata = metadataWithPlace(config);
  const architecture = architectureOf(config, weights.wSkip !== undefined);
  const isTransposed = architecture.endsWith('transcoder');
  return {
    d_in: dIn,
    d_sae: dSae,
    ...(isTransposed ? { d_out: dOut } : {}),
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: config.subtractDecoderBias && !isTransposed,
    normalize_activations: metadata.normalize_activations ?? 'none',
    reshape_activations: metadata.reshape_activations ?? 'none',
    metadata: {
      ...without(metadata, TOP_LEVEL),
      sae_lens_version: LAYOUT_VERSION,
      ...(activation.kind === 'topk' && activation.signed ? { saev_signed_topk: true } : {}),
      ...(isOwnActivation(activation) || activation.kind === 'batchtopk'
        ? { saev_activation: activation }
        : {}),
      ...(config.isScaleUnsaid ? { saev_scale_unsaid: true } : {}),
      ...(normalization === undefined
        ? {}
        : {
            saev_normalization: {
              ...(normalization.mean ? { mean: [...normalization.mean] } : {}),
              ...(normalization.scale === undefined ? {} : { scale: normalization.scale }),
            },
          }),
    },
    architecture,
    ...(activation.kind === 'topk' ? { k: activation.k, rescale_acts_by_decoder_norm: false } : {}),
  };
}

function architectureOf(config: CoderConfig, hasSkip: boolean): string {
  const { kind } = config.activation;
  const plain = kind === 'relu' ? 'standard' : kind === 'batchtopk' ? 'jumprelu' : kind;
  if (!isTranscoder(config) && !hasSkip) return plain;
  const prefix = plain === 'standard' ? '' : `${plain}_`;
  return `${prefix}${hasSkip ? 'skip_' : ''}transcoder`;
}

function saelensTensors(coder: SparseCoder): [string, TensorToWrite][] {
  const { dIn, dOut, dSae, activation } = coder.config;
  const isTransposed = isTranscoder(coder.config) || coder.weights.wSkip !== undefined;
  const weights = isTransposed ? weightsForDecoderBias(coder, false) : coder.weights;
  const { threshold, gated, wSkip } = weights;
  const tensors: [string, TensorToWrite][] = [
    ['W_dec', f32(weights.wDec, dSae, dOut)],
    ['W_enc', f32(transpose(weights.wEnc, dSae, dIn), dIn, dSae)],
    ['b_dec', f32(weights.bDec, dOut)],
    [gated ? 'b_mag' : 'b_enc', f32(weights.bEnc, dSae)],
  ];
  if (gated) tensors.push(['r_mag', f32(gated.rMag, dSae)], ['b_gate', f32(gated.bGate, dSae)]);
  if (activation.kind === 'jumprelu' || (isOwnActivation(activation) && threshold !== undefined)) {
    tensors.push(['threshold', f32(threshold!, dSae)]);
  }
  if (activation.kind === 'batchtopk') {
    const common = Math.max(threshold?.[0] ?? 0, 0);
    tensors.push(['threshold', f32(new Float32Array(dSae).fill(common), dSae)]);
  }
  if (wSkip) tensors.push(['W_skip', f32(wSkip, dOut, dIn)]);
  return tensors;
}
