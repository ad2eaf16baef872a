// A checkpoint that has been found: what the name the person gave stands for on this disk.
import type { FoundTexts } from '../text-tower/config.ts';

/** Weights on disk and what is known about the model beside them. */
export interface FoundWeights {
  /** Path of a `.safetensors` file, or of the `.safetensors.index.json` of a model in several files. */
  readonly weights: string;
  readonly config: CheckpointConfig;
  /** The file that the config was read from, where there is one. */
  readonly configFile?: string;
  /** The text tower beside the image tower, or why it cannot be read; models that read images alone have none. */
  readonly texts?: FoundTexts;
}

/** A vision transformer that has been found. */
export interface ResolvedVisionModel extends FoundWeights {
  /** Name of its family: `clip`. */
  readonly family: string;
  /** The name the person gave; the path of the weights where there is none. */
  readonly name?: string;
}

/** What weights alone do not tell; whatever is left out follows from the weights or the family. */
export interface CheckpointConfig {
  /** Pixels a side of the input. */
  readonly imageSize?: number;
  readonly patchSize?: number;
  readonly activation?: 'gelu' | 'quickgelu' | 'gelu_tanh';
  /** Heads per block; where left out, what the published size of that width has (parts.ts). */
  readonly nHeads?: number;
  /** Added to the variance in layer norms. */
  readonly layerNormEpsilon?: number;
  /** Per channel, red, green, blue, for pixels in [0, 1]. */
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  readonly interpolation?: 'bicubic' | 'bilinear';
  /** How an image that is not square is brought to size: by its shorter side, distorted, or by its longer side. */
  readonly resizeMode?: 'shortest' | 'squash' | 'longest';
  /** Grey level around an image in mode `longest`. */
  readonly fillColor?: number;
  /** How CLIP's tower makes its image vector: from CLS (the default), or from the mean of the patches (CLIPA). */
  readonly poolType?: 'tok' | 'avg';
  /** Whether that comes before the last norm. */
  readonly finalLnAfterPool?: boolean;
  readonly [key: string]: unknown;
}
