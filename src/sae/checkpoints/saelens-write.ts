// Writing SAELens' layout, version 6.
import { join } from 'node:path';
import { writeJsonAtomic } from '../../base/files.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors.ts';
import type { CoderConfig, SparseCoder } from '../coder.ts';
import { weightsForDecoderBias } from '../fold.ts';
import { isTranscoder, without } from './header.ts';
import { transpose } from './transpose.ts';

export const SAELENS_CONFIG = 'cfg.json';
export const SAELENS_WEIGHTS = 'sae_weights.safetensors';

/** The SAELens version whose layout is written; its loader takes files without one for older. */
const LAYOUT_VERSION = '6.18.0';
/** Metadata that SAELens keeps beside the structure. */
const TOP_LEVEL = ['normalize_activations', 'reshape_activations'];

/**
 * Write a coder of any kind into folder `path`: first the weights, then the config that makes them a checkpoint.
 * A batchtopk coder becomes a jumprelu one with its threshold, as SAELens itself saves it. What SAELens does not know
 * (input normalisation, signed top-k) stands in the metadata: this program reads it, SAELens leaves it aside.
 */
export async function writeSaelens(coder: SparseCoder, path: string): Promise<void> {
  const config = saelensConfig(coder);
  await writeSafetensors(join(path, SAELENS_WEIGHTS), saelensTensors(coder), {
    metadata: { format: 'pt' },
  });
  await writeJsonAtomic(join(path, SAELENS_CONFIG), config);
}

function saelensConfig({ config, weights }: SparseCoder): Record<string, unknown> {
  const { dIn, dOut, dSae, activation, metadata, normalization } = config;
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
  const f32 = (data: Float32Array, ...shape: number[]): TensorToWrite => ({
    dtype: 'F32',
    shape,
    data,
  });
  const tensors: [string, TensorToWrite][] = [
    ['W_dec', f32(weights.wDec, dSae, dOut)],
    ['W_enc', f32(transpose(weights.wEnc, dSae, dIn), dIn, dSae)],
    ['b_dec', f32(weights.bDec, dOut)],
    [gated ? 'b_mag' : 'b_enc', f32(weights.bEnc, dSae)],
  ];
  if (gated) tensors.push(['r_mag', f32(gated.rMag, dSae)], ['b_gate', f32(gated.bGate, dSae)]);
  if (activation.kind === 'jumprelu') tensors.push(['threshold', f32(threshold!, dSae)]);
  if (activation.kind === 'batchtopk') {
    const common = Math.max(threshold?.[0] ?? 0, 0);
    tensors.push(['threshold', f32(new Float32Array(dSae).fill(common), dSae)]);
  }
  if (wSkip) tensors.push(['W_skip', f32(wSkip, dOut, dIn)]);
  return tensors;
}
