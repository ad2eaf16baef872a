// SAELens' layout, the default: a folder with cfg.json and sae_weights.safetensors.
// https://github.com/jbloomAus/SAELens
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { Activation } from '../activation-functions/registry.ts';
import { parseActivation } from '../activation-functions/resolve.ts';
import type { CoderConfig, CoderWeights } from '../coder.ts';
import { foldDecoderNorm } from '../fold.ts';
import type { CheckpointFormat } from './format.ts';
import { parseHeader, width, without } from './header.ts';
import { withPlace } from './place-fields.ts';
import { Normalization, SCALER_FILE, type Scaling, scalingOf } from './saelens-scaling.ts';
import { isOwnActivation, SAELENS_CONFIG, SAELENS_WEIGHTS, writeSaelens } from './saelens-write.ts';
import { readWhole, safetensorsWeights, type WeightSource } from './weight-source.ts';

/** Keys of SAELens 6, and those of the versions before it. */
const Config = z.looseObject({
  d_in: width,
  d_sae: width,
  d_out: width.optional(),
  architecture: z.string().default('standard'),
  apply_b_dec_to_input: z.boolean().default(true),
  finetuning_scaling_factor: z.boolean().nullish(),
  reshape_activations: z.enum(['none', 'hook_z']).nullish(),
  k: z.int().positive().optional(),
  rescale_acts_by_decoder_norm: z.boolean().default(false),
  normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
  activation_fn: z.string().nullish(),
  activation_fn_str: z.string().nullish(),
  activation_fn_kwargs: z.strictObject({ k: z.int().positive().optional() }).nullish(),
  metadata: z
    .looseObject({
      saev_normalization: Normalization.optional(),
      saev_scale_unsaid: z.boolean().optional(),
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
  'saev_scale_unsaid',
  'saev_signed_topk',
  'saev_activation',
];

/** `transcoder`, `jumprelu_skip_transcoder` … */
const TRANSCODER = /_?(skip_)?transcoder$/;

export const saelens: CheckpointFormat<'saelens'> = {
  name: 'saelens',
  files: [SAELENS_CONFIG, SAELENS_WEIGHTS],
  normalization: 'said',
  detect: async (files) => files.single === undefined && files.has(SAELENS_CONFIG, SAELENS_WEIGHTS),
  async open(files) {
    const path = files.pathOf(SAELENS_CONFIG);
    const parsed = parseHeader(Config, await files.json(SAELENS_CONFIG), path);
    const scaler = (await files.has(SCALER_FILE)) ? await files.json(SCALER_FILE) : undefined;
    const scaling = scalingOf(parsed, {
      path,
      scaler,
      said: files.hints.scalingFactor,
      transcodes: TRANSCODER.test(parsed.architecture),
    });
    const config = coderConfig(parsed, scaling, path);
    const source = safetensorsWeights(await files.safetensors(SAELENS_WEIGHTS));
    return {
      variant: `saelens, ${parsed.architecture}`,
      config,
      tensors: source.tensors,
      obstacle: scaling.obstacle,
      readWeights: () => readWhole(source, () => readWeights(source, parsed, config)),
    };
  },
  write: writeSaelens,
};

function coderConfig(
  parsed: Config,
  { normalization, obstacle }: Scaling,
  path: string,
): CoderConfig {
  const { d_in: dIn, d_sae: dSae, d_out: dOut = dIn, architecture, metadata } = parsed;
  const transcodes = TRANSCODER.test(architecture);
  // A scale that has been understood stands with the normalisation from now on.
  const isUnderstood = obstacle === undefined;
  return withPlace({
    dIn,
    dOut,
    dSae,
    activation: activationOf(parsed, path),
    ...(transcodes ? { isTranscoder: true } : {}),
    subtractDecoderBias: parsed.apply_b_dec_to_input && !transcodes,
    ...(normalization && { normalization }),
    ...(metadata?.saev_scale_unsaid && !normalization ? { isScaleUnsaid: true } : {}),
    metadata: {
      ...without(parsed, STRUCTURE),
      ...without(parsed.meta ?? {}, STRUCTURE),
      ...without(metadata ?? {}, STRUCTURE),
      ...(isUnderstood && parsed.normalize_activations ? { normalize_activations: 'none' } : {}),
    },
  });
}

function activationOf(parsed: Config, path: string): Activation {
  const saved = parsed.metadata?.saev_activation;
  const own = parseActivation(saved);
  if (own !== undefined) return own;
  if (saved !== undefined) {
    throw new UserError(`unsupported activation function ${JSON.stringify(saved)} in '${path}'`);
  }
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
  const isGated = activation.kind === 'gated';
  const weights: CoderWeights = {
    wEnc: await source.readTransposed('W_enc', [dSae, dIn]),
    bEnc: await source.read(isGated ? 'b_mag' : 'b_enc', [dSae]),
    wDec: await source.read('W_dec', [dSae, dOut]),
    bDec: await source.read('b_dec', [dOut]),
    ...(activation.kind === 'jumprelu' || (isOwnActivation(activation) && source.has('threshold'))
      ? // SAELens' jumprelu is a relu first: a threshold below 0 acts as 0.
        { threshold: (await source.read('threshold', [dSae])).map((value) => Math.max(value, 0)) }
      : {}),
    ...(activation.kind === 'batchtopk'
      ? { threshold: (await source.read('threshold', [dSae])).slice(0, 1) }
      : {}),
    ...(isGated
      ? {
          gated: {
            rMag: await source.read('r_mag', [dSae]),
            bGate: await source.read('b_gate', [dSae]),
          },
        }
      : {}),
    ...(/skip_transcoder$/.test(parsed.architecture)
      ? { wSkip: await source.read('W_skip', [dOut, dIn]) }
      : {}),
  };
  const scaled = await scaleDecoder(source, weights, parsed);
  return parsed.rescale_acts_by_decoder_norm ? foldDecoderNorm(scaled) : scaled;
}

/** Old files may have a factor for each latent's code, left over from fine-tuning: it goes into the decoder. */
async function scaleDecoder(
  source: WeightSource,
  weights: CoderWeights,
  { finetuning_scaling_factor: isSaid }: Config,
): Promise<CoderWeights> {
  const [now, before] = ['finetuning_scaling_factor', 'scaling_factor'];
  const name = [now, before].find(source.has);
  if (name === undefined) return weights;
  const { wDec, bEnc, bDec } = weights;
  const factor = await source.read(name, [bEnc.length]);
  if (factor.every((each) => each === 1)) return weights;
  if (isSaid === false) {
    throw new UserError(
      `invalid checkpoint: '${source.path}' holds a '${name}' that its config denies`,
    );
  }
  return { ...weights, wDec: wDec.map((value, i) => value * factor[Math.floor(i / bDec.length)]!) };
}
