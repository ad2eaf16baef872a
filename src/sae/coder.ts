// A sparse coder as data: an SAE (target = input) or a transcoder (target = another hook point).
import type { HookPoint } from '../backbones/hook-points.ts';
import type { ActivationWeights } from './activation-functions/activation-function.ts';
import type { Activation } from './activation-functions/registry.ts';

/** Where in a model a coder belongs. */
export interface CoderPlace {
  /** Name of the model: `gpt2`. */
  readonly model?: string;
  readonly input: HookPoint;
  /** What it reconstructs: the input again for an autoencoder, another point for a transcoder. */
  readonly output: HookPoint;
  /** Block of the input. */
  readonly layer: number;
  /** Attention head, for coders of one head's activations. */
  readonly head?: number;
}

/** What was done to the model's activations before they were encoded: `(x − mean) / scale`. */
export interface InputNormalization {
  /** `[dIn]`; zero when undefined. */
  readonly mean?: Float32Array;
  /** 1 when undefined. */
  readonly scale?: number;
}

/** What a coder is, apart from its weights. */
export interface CoderConfig {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly activation: Activation;
  /** Encode `x − b_dec` (early saev, SAELens' apply_b_dec_to_input) or `x` itself. */
  readonly subtractDecoderBias: boolean;
  /** How inputs must be scaled before encoding, when the training did so and did not fold it in. */
  readonly normalization?: InputNormalization;
  /** Set where the file has no place to say how inputs were scaled: without `normalization` that is not known. */
  readonly isScaleUnsaid?: boolean;
  /** Set for a transcoder where widths and places do not tell it from an autoencoder: ask {@link isTranscoder}. */
  readonly isTranscoder?: boolean;
  /** Where it belongs, as far as that is known. `hookPointsOf` asks for all of it. */
  readonly place?: Partial<CoderPlace>;
  /** Everything else that the file said of its training, kept so that it can be written back: JSON-safe. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Tell whether a coder reconstructs another activation than it reads. */
export function isTranscoder({ dIn, dOut, isTranscoder, place }: CoderConfig): boolean {
  const { input, output = input } = place ?? {};
  return isTranscoder === true || dIn !== dOut || input !== output;
}

/** Parameters, float32, one row a latent: every sparse kernel streams contiguous rows. */
export interface CoderWeights extends ActivationWeights {
  /** `[dSae, dIn]`: the transpose of the W_enc that most formats store. */
  readonly wEnc: Float32Array;
  /** `[dSae, dOut]` */
  readonly wDec: Float32Array;
  /** `[dOut]` */
  readonly bDec: Float32Array;
  /** Skip connection of a transcoder, `[dOut, dIn]`. */
  readonly wSkip?: Float32Array;
}

/** A coder as a checkpoint holds it. */
export interface SparseCoder {
  readonly config: CoderConfig;
  readonly weights: CoderWeights;
}
