// What an activation function is: how pre-activations become codes in a finished coder and, where it can be trained,
// which of them a step keeps and what keeps codes sparse. Its file and a line in registry.ts are all that it takes.
import type { z } from 'zod';
import type { KindOf, KindSchema } from '../../base/config/kinds.ts';
import type {
  GateTerm,
  Selection,
  StepOptions,
  ThresholdScale,
} from '../../compute/kernels/types.ts';
import type { SparseRows } from '../../compute/sparse-rows.ts';

/** The parameters of a coder that decide which pre-activations become codes. */
export interface ActivationWeights {
  /** `[dSae]`; a gated coder's magnitude bias. */
  readonly bEnc: Float32Array;
  /** jumprelu `[dSae]`, batchtopk `[1]`. */
  readonly threshold?: Float32Array;
  /** gated: `[dSae]` each; `gate = x W_enc + bGate`, `mag = exp(rMag) · (x W_enc) + b_enc`. */
  readonly gated?: { readonly rMag: Float32Array; readonly bGate: Float32Array };
}

/** A coder at work, in the kernels' terms: what the device encodes with, and how its entries become codes. */
export interface InferenceForm {
  readonly selection: Selection;
  /** `[dSae]`: entries above it stay. */
  readonly threshold: Float32Array;
  /** Encoder bias that decides what stays, `[dSae]`. */
  readonly bEnc: Float32Array;
  /** From the device's entries to codes, where they are not codes yet. */
  readonly finish?: (entries: SparseRows) => SparseRows;
}

/** An activation function that coders may have, as their checkpoints say it. */
export interface ActivationFunction<Saved extends KindSchema = KindSchema> {
  /** What the config of a coder says: the `kind`, and what else encoding needs. */
  readonly saved: Saved;
  /** How a finished coder encodes. */
  inference(activation: z.output<Saved>, weights: ActivationWeights): InferenceForm;
}

/** An activation function that coders can be trained with. */
export interface TrainableActivation<
  Saved extends KindSchema = KindSchema,
  Options extends KindSchema = KindSchema,
> extends ActivationFunction<Saved> {
  /** Its settings in the table `sae` of a training job. */
  readonly schema: Options;
  /** Which pre-activations a step keeps. */
  selection(options: z.output<Options>): Selection;
  /** Settings that may be left open, for such rows; absent where there are none. */
  readonly choose?: (
    rows: RowsToThreshold,
    options: z.output<Options>,
  ) => Partial<z.output<Options>>;
  /** Where the threshold of a latent starts, above which pre-activations become codes. */
  initialThreshold(options: z.output<Options>): number;
  /** How thresholds start by the first batch, in place of `initialThreshold`; undefined: they do not. */
  readonly start?: (options: z.output<Options>) => ThresholdStart | undefined;
  /** Whether thresholds are parameters, saved with the coder. */
  readonly trainsThreshold: boolean;
  /** On which scale thresholds are stepped; absent: in their logarithm. */
  readonly thresholdScale?: (options: z.output<Options>) => ThresholdScale;
  /** Learning rate of thresholds, as a multiple of that of all else; absent: 1. */
  readonly thresholdRate?: (options: z.output<Options>) => number;
  /**
   * The threshold that the finished coder has in place of what its steps select by, after a step; absent where they
   * select as it does. `undefined`: none yet.
   */
  readonly learnThreshold?: (
    options: z.output<Options>,
    learnt: LearntThreshold,
  ) => number | undefined;
  /** How a step teaches gates; absent where latents have none. */
  readonly gates?: (options: z.output<Options>) => GateRule;
  /** What the sparsity coefficient multiplies: `mean Σ f`, `mean Σ 1[f > 0]`, the mean sum of gates, or nothing. */
  readonly penalty: 'l1' | 'l0' | 'gates' | 'none';
  /** What a step has in place of `penalty`, at a sparsity coefficient; undefined: `penalty` stands. */
  readonly sparsityTerms?: (
    options: z.output<Options>,
    coefficient: number,
  ) => SparsityTerms | undefined;
  /** Weight of the loss that brings dead latents up to their thresholds; absent or 0: none. */
  readonly preActCoeff?: (options: z.output<Options>) => number;
  /** @throws {UserError} for settings that do not fit each other or a coder: its latents, and whether its decoder has unit norm. */
  readonly refuse?: (options: z.output<Options>, coder: CoderToFit) => void;
  /** Whether ghost gradients are defined for it. */
  readonly ghostGrads: boolean;
  /** What the config of the finished coder says beside the kind. */
  save(options: z.output<Options>): Omit<z.output<Saved>, 'kind'>;
}

/** What teaches gates, but for the weight of their penalty, which the sparsity coefficient is. */
export type GateRule = Omit<GateTerm, 'l1'>;

/** Thresholds that start where the first batch has an L0. */
export interface ThresholdStart {
  readonly l0: number;
  /** Width of the selection as a share of such a threshold; undefined: it has its own. */
  readonly widthShare: number | undefined;
}

/** What keeps codes of a step sparse, where it is no constant a code. */
export type SparsityTerms = Pick<StepOptions, 'penalty' | 'l0Target'>;

/** What settings of an activation function must fit. */
export interface CoderToFit {
  /** ∞ where it is not known yet. */
  readonly dSae: number;
  readonly normalizeWDec: boolean;
  readonly freeDecoderNorm?: boolean;
}

/** What a threshold is learnt from, step by step. */
export interface LearntThreshold {
  /** The threshold before the step; undefined at first. */
  readonly now: number | undefined;
  /** The smallest code above 0 of the step's batch; ∞ where there is none. */
  readonly smallest: number;
  /** Number of the step, from 1. */
  readonly step: number;
}

/** What decides where thresholds may start. */
export interface RowsToThreshold {
  /** Whether rows are scaled to a norm of about `√d`, so that pre-activations of a new coder spread by about 1. */
  readonly isScaled: boolean;
}

/** State an activation function that is read from checkpoints: gives `inference` the types of its schema. */
export function activationFunction<Saved extends KindSchema>(
  stated: ActivationFunction<Saved>,
): ActivationFunction<Saved> {
  return stated;
}

/** State an activation function that is trained, too: gives its functions the types of its schemas. */
export function trainableActivation<
  Saved extends KindSchema,
  Options extends KindSchema<KindOf<Saved>>,
>(stated: TrainableActivation<Saved, Options>): TrainableActivation<Saved, Options> {
  return stated;
}

/** `[dSae]`: one threshold for every latent of a coder. */
export function sameThreshold({ bEnc }: ActivationWeights, threshold: number): Float32Array {
  return new Float32Array(bEnc.length).fill(threshold);
}
