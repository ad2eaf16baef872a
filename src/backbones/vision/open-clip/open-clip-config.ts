// open_clip's description of a model (`open_clip_config.json`, or its built-in list), read for what its image tower needs.
// https://github.com/mlfoundations/open_clip, model.py (CLIPVisionCfg) and transform.py (PreprocessCfg)
import { UserError } from '../../../base/errors.ts';
import type { CheckpointConfig } from '../types.ts';
import { CLIP_MEAN, CLIP_STD } from './open-clip-transform.ts';
import { SIGLIP_TRUNKS } from './siglip-trunks.ts';

/** The `model_cfg` of open_clip, as far as it is looked at. */
export interface OpenClipConfig {
  readonly quick_gelu?: boolean;
  readonly vision_cfg: Readonly<Record<string, unknown>>;
  readonly text_cfg?: Readonly<Record<string, unknown>> | undefined;
  /** There for CoCa. */
  readonly multimodal_cfg?: unknown;
}

/** An entry of open_clip's list of pretrained weights; what is left out is as OpenAI's CLIP has it. */
export interface OpenClipTag extends OpenClipPreprocess {
  /** `org/name/`, or with a file name behind. */
  readonly hf_hub: string;
  /** The weights were trained with QuickGELU. */
  readonly quick_gelu?: boolean;
}

/** The `preprocess_cfg` of open_clip. */
export interface OpenClipPreprocess {
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly interpolation?: string;
  readonly resize_mode?: string;
  /** Grey level around an image in mode `longest`. */
  readonly fill_color?: number;
}

/** Switches of open_clip's own transformer that change its blocks. */
export const OTHER_BLOCKS = [
  'qk_norm',
  'scaled_cosine_attn',
  'scale_heads',
  'scale_attn_inner',
  'scale_attn',
  'scale_fc',
];

/** Which of our families can run the model; `what` says what its image tower is when none can. */
export function towerOf({
  vision_cfg: vision,
  multimodal_cfg: multimodal,
}: OpenClipConfig): { family: 'clip' | 'siglip' } | { family: undefined; what: string } {
  const trunk = vision.timm_model_name;
  if (typeof trunk === 'string') {
    return Object.hasOwn(SIGLIP_TRUNKS, trunk)
      ? { family: 'siglip' }
      : { family: undefined, what: `timm's '${trunk}'` };
  }
  const what = Array.isArray(vision.layers)
    ? 'a ResNet'
    : multimodal !== undefined || vision.attentional_pool
      ? "CoCa's, with attentional pooling"
      : OTHER_BLOCKS.some((key) => vision[key]) || (vision.block_type ?? 'default') !== 'default'
        ? 'a transformer with other attention blocks'
        : undefined;
  return what === undefined ? { family: 'clip' } : { family: undefined, what };
}

/** The facts of an image tower that its weights do not tell. `name` is for errors. */
export function towerConfig(model: OpenClipConfig, name: string): CheckpointConfig {
  const { vision_cfg: vision } = model;
  const imageSize = squareSize(vision.image_size ?? 224, `image size of '${name}'`);
  if (typeof vision.timm_model_name === 'string') {
    // open_clip's QuickGELU switch does not reach timm's towers.
    return { ...SIGLIP_TRUNKS[vision.timm_model_name], imageSize };
  }
  const width = numberIn(vision, 'width', 768, name);
  const headWidth = numberIn(vision, 'head_width', 64, name);
  const norm = vision.norm_kwargs as { eps?: unknown } | undefined | null;
  const act = vision.act_kwargs as { approximate?: unknown } | undefined | null;
  return {
    imageSize,
    patchSize: squareSize(vision.patch_size ?? 16, `patch size of '${name}'`),
    nHeads: Math.floor(width / headWidth),
    activation: model.quick_gelu ? 'quickgelu' : act?.approximate === 'tanh' ? 'gelu_tanh' : 'gelu',
    ...(typeof norm?.eps === 'number' && { layerNormEpsilon: norm.eps }),
    ...(vision.pool_type === 'avg' && { poolType: 'avg' }),
    ...(vision.final_ln_after_pool === true && { finalLnAfterPool: true }),
  };
}

/**
 * How images are prepared: `given` over open_clip's defaults.
 *
 * @throws {UserError} for values that it would not take.
 */
export function preprocessConfig(given: OpenClipPreprocess, name: string): CheckpointConfig {
  const { interpolation = 'bicubic', resize_mode: resizeMode = 'shortest' } = given;
  if (!['bicubic', 'bilinear', 'random'].includes(interpolation))
    throw new UserError(`unsupported interpolation '${interpolation}' of '${name}'`);
  if (resizeMode !== 'shortest' && resizeMode !== 'squash' && resizeMode !== 'longest')
    throw new UserError(`unsupported resize mode '${resizeMode}' of '${name}'`);
  return {
    mean: perChannel(given.mean ?? CLIP_MEAN, `mean of '${name}'`),
    std: perChannel(given.std ?? CLIP_STD, `std of '${name}'`),
    // 'random' is for training; open_clip evaluates with bicubic then.
    interpolation: interpolation === 'bilinear' ? 'bilinear' : 'bicubic',
    resizeMode,
    ...(given.fill_color !== undefined && { fillColor: given.fill_color }),
  };
}

/** Check a parsed `open_clip_config.json`. */
export function readOpenClipConfig(
  value: unknown,
  name: string,
): { model: OpenClipConfig; preprocess: OpenClipPreprocess } {
  const file = record(value);
  const model = record(file?.model_cfg);
  const vision = record(model?.vision_cfg);
  if (model === undefined || vision === undefined) {
    throw new UserError(`invalid open_clip_config.json of '${name}': no model_cfg.vision_cfg`);
  }
  const preprocess = Object.entries(record(file?.preprocess_cfg) ?? {}).filter(
    ([, setting]) => setting !== null,
  );
  return {
    model: {
      quick_gelu: model.quick_gelu === true,
      vision_cfg: vision,
      text_cfg: record(model.text_cfg),
      multimodal_cfg: model.multimodal_cfg ?? undefined,
    },
    preprocess: Object.fromEntries(preprocess),
  };
}

function squareSize(value: unknown, what: string): number {
  const [size, other = size] = Array.isArray(value) ? value : [value];
  if (!Number.isSafeInteger(size) || size <= 0)
    throw new UserError(`invalid ${what}: ${JSON.stringify(value)}`);
  if (size !== other) {
    throw new UserError(`unsupported ${what}: ${JSON.stringify(value)} is not square`);
  }
  return size;
}

function numberIn(
  vision: Readonly<Record<string, unknown>>,
  key: string,
  otherwise: number,
  name: string,
): number {
  const value = vision[key] ?? otherwise;
  if (typeof value === 'number' && value > 0) return value;
  throw new UserError(`invalid ${key} of '${name}': ${JSON.stringify(value)}`);
}

function perChannel(value: unknown, what: string): readonly [number, number, number] {
  const values = Array.isArray(value) ? value : [value, value, value];
  if (values.length === 3 && values.every((v) => typeof v === 'number' && Number.isFinite(v))) {
    return values as [number, number, number];
  }
  throw new UserError(`invalid ${what}: ${JSON.stringify(value)}`, {
    hint: 'expected three numbers',
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
