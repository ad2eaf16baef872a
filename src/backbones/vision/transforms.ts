// The preprocessing of each backbone family, as the Python libraries that published the weights do it.
import type { ImageSize, ImageTransform, ResizeRule } from '../../data/images/transform.ts';

type Triple = readonly [number, number, number];

/** Channel statistics of the images that OpenAI's CLIP was trained on. */
export const CLIP_MEAN: Triple = [0.48145466, 0.4578275, 0.40821073];
export const CLIP_STD: Triple = [0.26862954, 0.26130258, 0.27577711];
/** Channel statistics of ImageNet. */
export const IMAGENET_MEAN: Triple = [0.485, 0.456, 0.406];
export const IMAGENET_STD: Triple = [0.229, 0.224, 0.225];
const HALF: Triple = [0.5, 0.5, 0.5];

/** The fields of open_clip's `PreprocessCfg` that matter at inference. */
export interface ClipPreprocess {
  /** Pixels a side, or `[height, width]`. */
  readonly size: number | readonly [number, number];
  readonly mean?: Triple;
  readonly std?: Triple;
  /** `random` is a training option and means bicubic here. */
  readonly interpolation?: 'bicubic' | 'bilinear' | 'random';
  readonly resizeMode?: 'shortest' | 'longest' | 'squash';
  /** Grey level around an image in mode `longest`. */
  readonly fillColor?: number;
}

/** Transform of CLIP and SigLIP checkpoints (open_clip, `image_transform` with `is_train=False`). */
export function clipTransform(options: ClipPreprocess): ImageTransform {
  const { mean = CLIP_MEAN, std = CLIP_STD, resizeMode = 'shortest', fillColor = 0 } = options;
  const [height, width] =
    typeof options.size === 'number' ? [options.size, options.size] : options.size;
  const size = { width, height };
  const asked = options.interpolation === 'bilinear' ? 'bilinear' : 'bicubic';
  const square = width === height;
  return {
    resize: clipResize(resizeMode, size),
    // open_clip does not pass the interpolation on for targets that are not square.
    interpolation: resizeMode === 'shortest' && !square ? 'bicubic' : asked,
    ...(resizeMode === 'squash' ? {} : { crop: size }),
    ...(resizeMode === 'longest' ? { fill: fillColor } : {}),
    scale: 'divide',
    mean,
    std,
  };
}

function clipResize(mode: 'shortest' | 'longest' | 'squash', size: ImageSize): ResizeRule {
  if (mode === 'squash') return { to: 'exact', ...size };
  if (mode === 'longest') return { to: 'inside', ...size };
  return size.width === size.height
    ? { to: 'shortest', size: size.width }
    : { to: 'cover', ...size };
}

/** Transform of DINOv2: shorter side to 256, bilinear, the middle 224 × 224, ImageNet statistics. */
export function dinov2Transform(): ImageTransform {
  return {
    resize: { to: 'shortest', size: 256 },
    interpolation: 'bilinear',
    crop: { width: 224, height: 224 },
    scale: 'multiply',
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
  };
}

/** Transform of Moondream2: squashed to 378 × 378, bicubic, to [−1, 1]. */
export function moondream2Transform(): ImageTransform {
  return {
    resize: { to: 'exact', width: 378, height: 378 },
    interpolation: 'bicubic',
    scale: 'multiply',
    mean: HALF,
    std: HALF,
  };
}

/** Transform of the embedded world: its images are 64 × 64 already; others are resized and cropped; to [−1, 1]. */
export function worldTransform(): ImageTransform {
  return {
    resize: { to: 'shortest', size: 64 },
    interpolation: 'bicubic',
    crop: { width: 64, height: 64 },
    scale: 'divide',
    mean: HALF,
    std: HALF,
  };
}
