// A sparse coder as data: an SAE (target = input) or a transcoder (target = another hook point).
import type { SparseRows } from '../compute/sparse-rows.ts';
import type { ActivationWeights } from './activation-functions/activation-function.ts';
import type { Activation } from './activation-functions/registry.ts';

/** What a coder is, apart from its weights. */
export interface CoderConfig {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly activation: Activation;
  /** Encode `x − b_dec` (early saev, SAELens' apply_b_dec_to_input) or `x` itself. */
  readonly subtractDecoderBias: boolean;
  /** How inputs must be scaled before encoding, when the training did so and did not fold it in. */
  readonly normalization?: { readonly mean?: Float32Array; readonly scale?: number };
  /** Everything else that the file said of its training, kept so that it can be written back: JSON-safe. */
  readonly metadata: Readonly<Record<string, unknown>>;
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

/** A coder loaded for inference: activations in, sparse codes out. */
export interface Encoder {
  readonly dIn: number;
  readonly dSae: number;
  /** Encode `acts` `[rows, dIn]` (already normalised); rows = `acts.length / dIn`. */
  encode(acts: Float32Array): Promise<SparseRows>;
  close(): Promise<void>;
}
