// How open_clip prepares images for CLIP and SigLIP (open_clip/transform.py).
import type { ImageSize, ImageTransform, ResizeRule } from '../../../data/images/transform.ts';

type Triple = readonly [number, number, number];

/** Channel statistics of the images that OpenAI's CLIP was trained on. */
export const CLIP_MEAN: Triple = [0.48145466, 0.4578275, 0.40821073];
export const CLIP_STD: Triple = [0.26862954, 0.26130258, 0.27577711];

/** The fields of open_clip's `PreprocessCfg` that matter at inference. */
interface ClipPreprocess {
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
export function openClipTransform(options: ClipPreprocess): ImageTransform {
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
