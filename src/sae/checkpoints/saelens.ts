// SAELens' layout, the default: a folder with cfg.json and sae_weights.safetensors.
// https://github.com/jbloomAus/SAELens
import { join } from 'node:path';
import { z } from 'zod';
import { transpose } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';
import { writeJsonAtomic } from '../../base/files.ts';
import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors.ts';
import { f32 } from '../../formats/tensor.ts';
import type { Activation } from '../activation-functions/registry.ts';
import { parseActivation } from '../activation-functions/resolve.ts';
import { type CoderConfig, type CoderWeights, isTranscoder, type SparseCoder } from '../coder.ts';
import { foldDecoderNorm, weightsForDecoderBias } from '../fold.ts';
import type { CheckpointFormat } from './format.ts';
import { parseHeader, width, without } from './header.ts';
import { metadataWithPlace, withPlace } from './place-fields.ts';
import { safetensorsWeights, type WeightSource } from './weight-source.ts';

const SAELENS_CONFIG = 'cfg.json';
const SAELENS_WEIGHTS = 'sae_weights.safetensors';

const Normalization = z.object({
  mean: z.array(z.number()).optional(),
  scale: z.number().optional(),
});

/** Keys of SAELens 6, and those of the versions before it. */
const Config = z.looseObject({
  d_in: width,
  d_sae: width,
  d_out: width.optional(),
  architecture: z.string().default('standard'),
  apply_b_dec_to_input: z.boolean().default(true),
  k: z.int().positive().optional(),
  rescale_acts_by_decoder_norm: z.boolean().default(false),
  normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
  activation_fn: z.string().optional(),
  activation_fn_str: z.string().optional(),
  activation_fn_kwargs: z.looseObject({ k: z.int().positive().optional() }).nullish(),
  metadata: z
    .looseObject({
      saev_normalization: Normalization.optional(),
      saev_signed_topk: z.boolean().optional(),
      saev_activation: z.unknown().optional(),
    })
    .optional(),
  meta: z.looseObject({}).optional(),
});

type Config = z.infer<typeof Config>;

/** Keys that the coder's own fields say. */
const STRUCTURE = [
  'd_in',
  'd_sae',
  'd_out',
  'architecture',
  'apply_b_dec_to_input',
  'k',
  'dtype',
  'device',
  'rescale_acts_by_decoder_norm',
  'activation_fn',
  'activation_fn_str',
  'activation_fn_kwargs',
  'finetuning_scaling_factor',
  'metadata',
  'meta',
  'saev_normalization',
  'saev_signed_topk',
  'saev_activation',
];

/** Activation functions that SAELens has a place for. */
const KNOWN: readonly string[] = ['relu', 'topk', 'batchtopk', 'jumprelu', 'gated'];

/** Whether an activation function is this program's own, so that what it needs stands in the metadata. */
const isOwn = ({ kind }: Activation): boolean => !KNOWN.includes(kind);

/** Normalisations that depend on each row, which a coder cannot hold. */
const ROW_NORMALIZATIONS = ['layer_norm', 'constant_norm_rescale'];

/** `transcoder`, `jumprelu_skip_transcoder` … */
const TRANSCODER = /_?(skip_)?transcoder$/;

export const saelens: CheckpointFormat<'saelens'> = {
  name: 'saelens',
  files: [SAELENS_CONFIG, SAELENS_WEIGHTS],
  detect: async (files) => files.single === undefined && files.has(SAELENS_CONFIG, SAELENS_WEIGHTS),
  async open(files) {
    const path = files.pathOf(SAELENS_CONFIG);
    const parsed = parseHeader(Config, await files.json(SAELENS_CONFIG), path);
    const config = coderConfig(parsed, path);
    const source = safetensorsWeights(await files.safetensors(SAELENS_WEIGHTS));
    return {
      variant: `saelens, ${parsed.architecture}`,
      config,
      tensors: source.tensors,
      readWeights: () => readWeights(source, parsed, config),
    };
  },
  write: writeSaelens,
};

function coderConfig(parsed: Config, path: string): CoderConfig {
  const { d_in: dIn, d_sae: dSae, d_out: dOut = dIn, architecture, metadata } = parsed;
  const transcodes = TRANSCODER.test(architecture);
  const mean = metadata?.saev_normalization?.mean;
  const scale = metadata?.saev_normalization?.scale;
  if (mean !== undefined && mean.length !== dIn) {
    throw new UserError(
      `invalid checkpoint: the mean in '${path}' has ${mean.length} of ${dIn} numbers`,
    );
  }
  return withPlace({
    dIn,
    dOut,
    dSae,
    activation: activationOf(parsed, path),
    ...(transcodes ? { isTranscoder: true } : {}),
    subtractDecoderBias: parsed.apply_b_dec_to_input && !transcodes,
    ...(mean === undefined && scale === undefined
      ? {}
      : { normalization: { mean: mean && Float32Array.from(mean), scale } }),
    metadata: {
      ...without(parsed, STRUCTURE),
      ...without(parsed.meta ?? {}, STRUCTURE),
      ...without(metadata ?? {}, STRUCTURE),
    },
  });
}

function activationOf(parsed: Config, path: string): Activation {
  const own = parseActivation(parsed.metadata?.saev_activation);
  if (own !== undefined) return own;
  const base = parsed.architecture.replace(TRANSCODER, '') || 'standard';
  const name = parsed.activation_fn ?? parsed.activation_fn_str ?? 'relu';
  if (base === 'topk' || (base === 'standard' && name === 'topk')) {
    const k = parsed.k ?? parsed.activation_fn_kwargs?.k;
    if (k === undefined) throw new UserError(`invalid checkpoint: missing k in '${path}'`);
    return { kind: 'topk', k, ...(parsed.metadata?.saev_signed_topk ? { signed: true } : {}) };
  }
  if (name !== 'relu')
    throw new UserError(`unsupported activation function '${name}' in '${path}'`);
  if (base === 'standard') return { kind: 'relu' };
  if (base === 'jumprelu' || base === 'gated') return { kind: base };
  throw new UserError(`unsupported architecture '${parsed.architecture}' in '${path}'`, {
    hint: 'known: standard, topk, jumprelu, gated, and transcoders of these',
  });
}

async function readWeights(
  source: WeightSource,
  parsed: Config,
  { dIn, dOut, dSae, activation }: CoderConfig,
): Promise<CoderWeights> {
  if (ROW_NORMALIZATIONS.includes(String(parsed.normalize_activations))) {
    throw new UserError(`unsupported normalisation '${parsed.normalize_activations}' of inputs`, {
      hint: 'only coders whose inputs are used as they are can be loaded',
    });
  }
  const isGated = activation.kind === 'gated';
  const weights: CoderWeights = {
    wEnc: await source.readTransposed('W_enc', [dSae, dIn]),
    bEnc: await source.read(isGated ? 'b_mag' : 'b_enc', [dSae]),
    wDec: await source.read('W_dec', [dSae, dOut]),
    bDec: await source.read('b_dec', [dOut]),
    ...(activation.kind === 'jumprelu' || (isOwn(activation) && source.has('threshold'))
      ? // SAELens' jumprelu is a relu first: a threshold below 0 acts as 0.
        { threshold: (await source.read('threshold', [dSae])).map((value) => Math.max(value, 0)) }
      : {}),
    ...(isGated
      ? {
          gated: {
            rMag: await source.read('r_mag', [dSae]),
            bGate: await source.read('b_gate', [dSae]),
          },
        }
      : {}),
    ...(source.has('W_skip') ? { wSkip: await source.read('W_skip', [dOut, dIn]) } : {}),
  };
  const scaled = await scaleDecoder(source, weights);
  return parsed.rescale_acts_by_decoder_norm ? foldDecoderNorm(scaled) : scaled;
}

/** Old files may have a factor for each latent's code, left over from fine-tuning: it goes into the decoder. */
async function scaleDecoder(source: WeightSource, weights: CoderWeights): Promise<CoderWeights> {
  const name = ['finetuning_scaling_factor', 'scaling_factor'].find(source.has);
  if (name === undefined) return weights;
  const { wDec, bEnc, bDec } = weights;
  const factor = await source.read(name, [bEnc.length]);
  return { ...weights, wDec: wDec.map((value, i) => value * factor[Math.floor(i / bDec.length)]!) };
}

/** The SAELens version whose layout is written; its loader takes files without one for older. */
const LAYOUT_VERSION = '6.18.0';

/** Metadata that SAELens keeps beside the structure. */
const TOP_LEVEL = ['normalize_activations', 'reshape_activations'];

/**
 * Write a coder of any kind into folder `path`: first the weights, then the config that makes them a checkpoint.
 * A batchtopk coder becomes a jumprelu one with its threshold, as SAELens itself saves it. What SAELens does not know
 * (input normalisation, signed top-k, other activation functions) stands in the metadata: this program reads it, SAELens
 * leaves it aside.
 */
async function writeSaelens(coder: SparseCoder, path: string): Promise<void> {
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
      ...(isOwn(activation) ? { saev_activation: activation } : {}),
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
  if (activation.kind === 'jumprelu' || (isOwn(activation) && threshold !== undefined)) {
    tensors.push(['threshold', f32(threshold!, dSae)]);
  }
  if (activation.kind === 'batchtopk') {
    const common = Math.max(threshold?.[0] ?? 0, 0);
    tensors.push(['threshold', f32(new Float32Array(dSae).fill(common), dSae)]);
  }
  if (wSkip) tensors.push(['W_skip', f32(wSkip, dOut, dIn)]);
  return tensors;
}
