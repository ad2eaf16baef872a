// A sparse coder as data: an SAE (target = input) or a transcoder (target = another hook point).
import type { SparseRows } from '../compute/sparse-rows.ts';

/** How pre-activations become codes. */
export type Activation =
  | { readonly kind: 'relu' }
  /** `f = pre · 1[pre > threshold]`, one threshold a latent (Rajamanoharan et al. 2024). */
  | { readonly kind: 'jumprelu' }
  /** The k largest pre-activations of a row, `relu` unless signed. */
  | { readonly kind: 'topk'; readonly k: number; readonly signed?: boolean }
  /** The k · rows largest of a batch; alone, with the learnt scalar threshold in `weights.threshold`. */
  | { readonly kind: 'batchtopk'; readonly k: number }
  /** `f = relu(mag) · 1[gate > 0]` (Rajamanoharan et al. 2024). */
  | { readonly kind: 'gated' };

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
export interface CoderWeights {
  /** `[dSae, dIn]`: the transpose of the W_enc that most formats store. */
  readonly wEnc: Float32Array;
  /** `[dSae]`; a gated coder's magnitude bias. */
  readonly bEnc: Float32Array;
  /** `[dSae, dOut]` */
  readonly wDec: Float32Array;
  /** `[dOut]` */
  readonly bDec: Float32Array;
  /** jumprelu `[dSae]`, batchtopk `[1]`. */
  readonly threshold?: Float32Array;
  /** gated: `[dSae]` each; `gate = x W_enc + bGate`, `mag = exp(rMag) · (x W_enc) + b_enc`. */
  readonly gated?: { readonly rMag: Float32Array; readonly bGate: Float32Array };
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
