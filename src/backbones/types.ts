// What a loaded vision backbone offers to the floors above.
import type { RgbImage } from '../data/images/images.ts';
import type { ImageTransform } from '../data/images/transform.ts';
import type { HookPoint } from './hook-points.ts';
import type { TextTower } from './text-tower/types.ts';

/** A named tensor in JavaScript memory: float32, row-major. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What a run reads out of the network, and what it puts into it. */
export interface RunOptions {
  /** Hook points to return, each `[batch, tokens, …]` as the network computes it. */
  readonly record: readonly HookPoint[];
  /** Values that take the place of what the network would compute at these hook points. */
  readonly replace?: ReadonlyMap<HookPoint, Tensor>;
}

/** Sizes of a vision transformer, read from its checkpoint. */
export interface VisionConfig {
  /** Number of blocks. */
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  /** Pixels a side of the input. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Content patches per image (grid squared). */
  readonly nPatches: number;
  readonly hasCls: boolean;
  /** Register tokens between CLS and the patches (DINOv2). They are never recorded to shards. */
  readonly nRegisters: number;
}

/** A vision transformer ready to run. */
export interface VisionBackbone {
  /** Name of its family: `clip`. */
  readonly family: string;
  /** The name the person gave: `ViT-B-16/openai`. */
  readonly checkpoint: string;
  readonly config: VisionConfig;
  /** The files that it was read from: weights, and what they are configured by. */
  readonly sources?: readonly string[];
  /** Every hook point, in the order of computation. */
  readonly hookPoints: readonly HookPoint[];
  /** How it resizes, crops and normalises an image. */
  readonly transform: ImageTransform;
  /** Resize, crop and normalise one image: float32 `[3, imageSize, imageSize]`. */
  preprocess(image: RgbImage): Float32Array;
  /** Run a batch, `pixels` float32 `[batch, 3, imageSize, imageSize]`; the key `output` may be recorded too. */
  run(pixels: Tensor, options: RunOptions): Promise<Map<HookPoint, Tensor>>;
  /**
   * Open the text tower of the checkpoint, once; absent where the model reads images alone.
   * @throws {UserError} when it is not at hand, with the reason
   */
  textTower?(): Promise<TextTower>;
  close(): Promise<void>;
}

/**
 * List the positions, among the tokens of a run, of those that go to shards: CLS first if there is one, then the patches;
 * registers are left out.
 */
export function recordedTokens(shape: VisionConfig): number[] {
  const first = (shape.hasCls ? 1 : 0) + shape.nRegisters;
  const patches = Array.from({ length: shape.nPatches }, (_, i) => first + i);
  return shape.hasCls ? [0, ...patches] : patches;
}
