// The one interface between sparse coders and the machine. Variants and objectives are written above it; it is
// implemented in plain float64 (reference), and on CPU threads.
import type { SparseRows } from '../sparse-rows.ts';

/** Sizes of a coder: numbers of inputs, outputs and latents. */
export interface CoderShape {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
}

/** What a device needs to know to hold a coder. */
export interface CoderOptions extends CoderShape {
  /** The most rows of one call. */
  readonly maxRows: number;
  /** Most prefixes of one reconstruction (1 without Matryoshka). */
  readonly maxPrefixes?: number;
  /** The most latents of a row that `StepOptions.aux` takes; 0: none. @default 0 */
  readonly maxAux?: number;
  /** Keep optimiser state, so that `update` works. */
  readonly train?: boolean;
  readonly inputBias: InputBias;
  /** Latents have gates: `bEnc` opens them, `rMag` and `bMag` give their codes (see `GateTerm`). @default false */
  readonly gated?: boolean;
  /** Add `x W_skipᵀ` to reconstructions, of inputs as they come; `decode`, which gets none, leaves it out. @default false */
  readonly skip?: boolean;
  /** `[n, dOut]`: what `StepOptions.connection` keeps decoder rows from pointing along. */
  readonly directions?: Float32Array;
}

/** What is subtracted from inputs: nothing, the decoder's bias (needs dIn = dOut), or `bIn`, a parameter of its own. */
export type InputBias = 'none' | 'decoder' | 'own';

/**
 * Named parameters, row-major, one row a latent: `wEnc [dSae, dIn]`, `wDec [dSae, dOut]`, `bIn [dIn]` (where the
 * coder has one), the other biases, `threshold [dSae]`;
 * `rMag [dSae]` and `bMag [dSae]` of a coder with gates, `wSkip [dOut, dIn]` of one with a skip connection.
 */
export type ParameterName =
  | 'wEnc'
  | 'bEnc'
  | 'wDec'
  | 'bDec'
  | 'bIn'
  | 'threshold'
  | 'rMag'
  | 'bMag'
  | 'wSkip';
/**
 * A parameter, one of its Adam moments, `seen [dSae]`: 1 for latents that ever had a gradient, or `decoderNorms [dSae]`: the
 * lengths that Adam takes decoder rows to have where they are free.
 */
export type TensorName =
  | ParameterName
  | `${ParameterName}.m`
  | `${ParameterName}.v`
  | 'seen'
  | 'decoderNorms';

/**
 * Which pre-activations stay: all those above the latent's threshold (`width` > 0 keeps also, for the threshold's
 * gradient, those within width/2 below it; in training times the latent's `decoderNorms`); of these the k largest of a row;
 * or of these the ⌊k · rows⌋ largest of all rows of a call. Among equal values lower latents stay, and of a batch those of
 * earlier rows.
 */
export type Selection =
  | { readonly kind: 'threshold'; readonly width: number }
  | { readonly kind: 'topk'; readonly k: number }
  | { readonly kind: 'batchtopk'; readonly k: number };

/** What latents that are dead are made to reconstruct: the target, or the input, as transcoder-circuits has it. */
export type Aim = 'target' | 'input';

/**
 * Latents that explain what the others leave over, `r = target − x̂` (AuxK; Gao et al. 2024, arXiv 2406.04093, appendix
 * A.2): of each row the `k` largest of their pre-activations give `ê = Σ pre_i W_dec[i]`, without b_dec. The loss is
 * `weight · mean over rows and dimensions of (ê − r)²`; r passes no gradient on. Where errors are divided by norms, these
 * are, too.
 */
export interface AuxTerm {
  /** Ascending. */
  readonly latents: Uint32Array;
  readonly k: number;
  /** Leave out what is not above 0. */
  readonly relu: boolean;
  readonly weight: number;
  /** Divide by the variance of r about its mean over the batch, in place of the mean: `weight · Σ(ê − r)² / Σ(r − mean r)²`; where that is next to nothing there is no loss. */
  readonly overVariance: boolean;
}

/**
 * What teaches the gates of a coder (Rajamanoharan et al. 2024, arXiv 2404.16014): with `p = (x − b) W_enc`, a latent's gate
 * is `g = max(p + b_enc, 0)`, and its code `f = max(exp(r_mag) p + b_mag, 0)` where the gate is open. Codes pass no gradient to
 * gates, so that these get a loss of their own: `mean over rows and dimensions of (Σ g W_dec + b_dec − target)²` and
 * `l1 · mean over rows of Σ g`.
 */
export interface GateTerm {
  readonly l1: number;
  /** Multiply each gate in that sum by the norm of its decoder row. */
  readonly byNorm: boolean;
  /** Let this error train W_dec and b_dec of the reconstruction, too. */
  readonly trainsDecoder: boolean;
}

/**
 * A penalty on codes above 0, `weight · mean over rows of`: `Σ tanh(scale · f)` (Anthropic's in place of L1; decoder rows
 * of length 1); or `Σ f^p`, its p-th root where `root` says so (Karvonen et al. 2024, arXiv 2408.00113).
 */
export type CodePenalty =
  | { readonly kind: 'tanh'; readonly weight: number; readonly scale: number }
  | {
      readonly kind: 'power';
      readonly weight: number;
      readonly p: number;
      readonly root: boolean;
      /** Another p to tell the same of, in `StepSums.powers`. */
      readonly nextP?: number | undefined;
    };

/**
 * A loss that draws the number of codes above 0 towards a target, in place of the penalty `l0`; moves thresholds only:
 * `weight · (L0 / target − 1)²` for the mean L0 of the batch, or `weight · mean of 2 / target · (L0 − target)²` over its
 * rows.
 */
export interface L0Target {
  readonly weight: number;
  readonly target: number;
  readonly of: 'batch' | 'row';
}

/**
 * A loss that brings pre-activations of dead latents up to their thresholds: `weight · mean over rows of
 * Σ max(0, threshold − pre)` over these latents.
 */
export interface PreActTerm {
  /** Ascending. */
  readonly latents: Uint32Array;
  readonly weight: number;
}

/** One step of training: what is kept, and the terms of the loss. */
export interface StepOptions {
  readonly select: Selection;
  /** Ends of the prefixes to reconstruct from, ascending, the last one dSae. */
  readonly prefixes: readonly number[];
  /** Weight of the error of each prefix in the loss. @default one over their number */
  readonly prefixWeight?: number | undefined;
  /** Weight of `mean over batch of Σ f` in the loss. */
  readonly l1: number;
  /** Weight of `mean over batch of Σ 1[f > 0]`; moves thresholds only (jumprelu). */
  readonly l0: number;
  /** Stands in place of `l0`. */
  readonly l0Target?: L0Target | undefined;
  readonly penalty?: CodePenalty | undefined;
  readonly preAct?: PreActTerm | undefined;
  /** Divide the squared error of each row by the norm of its target; a row with a target of 0 then counts nothing. */
  readonly errorByNorm?: boolean;
  /** Latents, ascending, that get ghost gradients; needs one prefix. */
  readonly ghosts?: Uint32Array;
  /** What the ghosts are to explain: `target − x̂`, or `input − x̂` (needs dIn = dOut). @default 'target' */
  readonly ghostAim?: Aim;
  /** Needs a coder that was made with room for its `k`. */
  readonly aux?: AuxTerm | undefined;
  /** Of a coder with gates, and only of one; needs all above a threshold of 0 (`width` 0) and one prefix. */
  readonly gates?: GateTerm | undefined;
  /** Weight of `mean over directions of Σ |<direction, W_dec[i]>|`; 0: none. */
  readonly connection?: number;
}

/** Sums over the rows of a batch, float64. */
export interface BatchSums {
  readonly rows: number;
  /** `Σ 1[f > 0]` */
  readonly l0: number;
  /** `Σ f` */
  readonly l1: number;
  /** `Σ |x̂ − target|²` from each prefix; in a step with `errorByNorm`, `Σ |x̂ − target|² / |target|`. */
  readonly squaredError: readonly number[];
}

/** Sums of a step. */
export interface StepSums extends BatchSums {
  /** Squared error of the ghosts, rescaled to the size of the coder's own. */
  readonly ghost: number;
  /** `Σ |<direction, W_dec[i]>|` over directions and latents. */
  readonly connection: number;
  /** The auxiliary loss, weighted. */
  readonly aux: number;
  /** Of gates: squared error of what they reconstruct, weighted as `squaredError` is; 0 without. */
  readonly gateError: number;
  /** `Σ g`, each times the norm of its decoder row where the term says so; 0 without gates. */
  readonly gateL1: number;
  /** The losses of `penalty` and `l0Target`, weighted. */
  readonly penalty: number;
  /** Of a penalty by powers: what its weight multiplies, for p and for `nextP`; 0 without. */
  readonly powers: readonly [number, number];
  /** The loss of `preAct`, weighted. */
  readonly preAct: number;
  /** The smallest code above 0, ∞ where none is: what a batchtopk selection let through; NaN with another one. */
  readonly smallest: number;
}

/** How thresholds are trained: by shares of themselves (Rajamanoharan et al. 2024), or by amounts (SAELens, dictionary_learning). */
export type ThresholdScale = 'logarithm' | 'value';

/** One update of the parameters: Adam, and what is done to the decoder besides. */
export interface AdamOptions {
  readonly learningRate: number;
  /** Number of this update, from 1. */
  readonly step: number;
  /** @default 0.9 */
  readonly beta1?: number | undefined;
  /** @default 0.999 */
  readonly beta2?: number | undefined;
  readonly epsilon?: number;
  /** Remove from the gradient of W_dec its part along each row. */
  readonly removeParallel: boolean;
  /** Scale the rows of W_dec to length 1 after the update. */
  readonly unitNorm: boolean;
  /**
   * Step decoder rows of the lengths `decoderNorms`, of which codes are multiples (SAELens, `rescale_acts_by_decoder_norm`): W_dec
   * stays at length 1; W_enc, b_enc and thresholds are those of before times the lengths. In place of the two above; for coders
   * without gates, and not with `StepOptions.preAct`. @default false
   */
  readonly freeNorms?: boolean | undefined;
  /** Step `threshold` too. */
  readonly trainThreshold: boolean;
  /** Whether a threshold is stepped in its logarithm, or as it is, and kept from falling below 0. @default 'logarithm' */
  readonly thresholdScale?: ThresholdScale | undefined;
  /** Learning rate of thresholds, as a multiple of that of all else. @default 1 */
  readonly thresholdRate?: number | undefined;
  /**
   * Shrink all gradients by one factor where their norm together, after `removeParallel`, is above it, as PyTorch's
   * `clip_grad_norm_` does.
   */
  readonly clip?: number | undefined;
  /** Take this share, times the learning rate, off all weights and biases first (AdamW), thresholds left out. @default 0 */
  readonly weightDecay?: number | undefined;
}

/**
 * What an implementation keeps from step to step besides the tensors, as JSON: how it does its work, never what comes
 * out. Nobody but the implementation looks into it.
 */
export type KernelState = Readonly<Record<string, string | number | boolean | null>>;

/** A sparse coder's parameters and work space on one device. Calls run one at a time: await each. */
export interface DeviceCoder {
  readonly shape: CoderShape;
  /** Copy a tensor out, without padding. */
  read(name: TensorName): Promise<Float32Array>;
  /** Copy a tensor in. */
  write(name: TensorName, values: Float32Array): Promise<void>;
  /** Saved and loaded together with the tensors it makes a resumed run bit-identical. */
  saveState(): Promise<KernelState>;
  /** Take up a saved state; one that another implementation saved changes nothing. */
  loadState(state: KernelState): Promise<void>;
  /** Scale the rows of W_dec to length 1. */
  normalizeDecoder(): Promise<void>;
  /** Codes of `x [rows, dIn]`. */
  encode(x: Float32Array, select: Selection): Promise<SparseRows>;
  /** Codes, and `x̂ − target` for `target [rows, dOut]` (`x` when undefined). */
  evaluate(
    x: Float32Array,
    target: Float32Array | undefined,
    select: Selection,
  ): Promise<{ codes: SparseRows; sums: BatchSums }>;
  /**
   * Forward and backward: gradients of `mean over prefixes and dimensions of |x̂ − target|² + l1 + l0`, and of the
   * ghost and connection terms, stay on the device for `update`. Only for a coder made with `train`.
   */
  step(x: Float32Array, target: Float32Array | undefined, options: StepOptions): Promise<StepSums>;
  /** Adam on the gradients of the last `step`. */
  update(options: AdamOptions): Promise<void>;
  /** `[dSae]`: rows of the last step in which each latent fired; after its `update`. */
  fired(): Promise<Uint32Array>;
  /**
   * `[rows, dOut]`: `x̂ − target` of the last step, from all latents; after its `update` and before any other call.
   * With `errorByNorm`, NaN for rows whose target is 0.
   */
  errors(): Promise<Float32Array>;
  /** Reconstruct from any codes `[rows, dSae]`: `x̂ = Σ f_i W_dec[i] + b_dec`, `[rows, dOut]`. */
  decode(codes: SparseRows): Promise<Float32Array>;
  close(): void;
}

/** A machine that holds sparse coders. */
export interface Kernels {
  readonly name: string;
  createCoder(options: CoderOptions): Promise<DeviceCoder>;
  close(): Promise<void>;
}
