// What a coder that is trained is made of, and what may change from step to step.
import type { Aim, InputBias } from '../../compute/kernels/types.ts';
import type { ActivationChoice } from '../activation-functions/registry.ts';
import type { AuxOptions } from './auxk.ts';
import type { InitialWeights } from './init.ts';
import type { ErrorScale, SparseConnection } from './loss-terms.ts';
import type { ObjectiveChoice } from './objectives/registry.ts';

/** A coder to train: its sizes, variant, objective and first weights. */
export interface LearnerOptions {
  readonly dIn: number;
  readonly dOut: number;
  readonly dSae: number;
  readonly activation: ActivationChoice;
  readonly objective: ObjectiveChoice;
  /** What is subtracted from inputs: nothing, b_dec (needs dIn = dOut), or b_in, a parameter of its own. */
  readonly inputBias: InputBias;
  /** Train a skip connection from inputs to outputs, `x W_skipᵀ`, too; from zero where weights have none. @default false */
  readonly skip?: boolean;
  /** Divide each row's squared error by the norm of its target, as transcoder-circuits does. @default 'none' */
  readonly errorScale?: ErrorScale;
  /** Directions that decoder rows should not point along. */
  readonly sparseConnection?: SparseConnection;
  /** What latents that are dead are made to reconstruct, by ghost gradients and by resampling. @default 'target' */
  readonly deadLatentAim?: Aim;
  /** How dead latents explain what the others leave over; not at all when undefined. */
  readonly aux?: AuxOptions | undefined;
  readonly removeParallelGrads: boolean;
  readonly normalizeWDec: boolean;
  /**
   * Let Adam step decoder rows of any length, of which codes are multiples, and keep their directions as W_dec: the first
   * weights are those of such a coder. For kinds without thresholds of their own or gates. @default false
   */
  readonly freeDecoderNorm?: boolean | undefined;
  /** The norm that all gradients of a step together may have; any when undefined. */
  readonly gradClip?: number | undefined;
  /** What Adam keeps of its means of gradients and of their squares in a step. @default 0.9 and 0.999 */
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  /** Share of weights and biases that a step takes off, times the learning rate (AdamW). @default 0 */
  readonly weightDecay?: number | undefined;
  /** The most rows of one step. */
  readonly maxRows: number;
  readonly weights: InitialWeights;
  readonly seed: number;
}

/** What may change from step to step. */
export interface StepRates {
  readonly learningRate: number;
  readonly sparsityCoeff: number;
  /** `[dSae]`: 1 for latents that get ghost gradients in this step, or are brought up to their thresholds. */
  readonly dead?: Uint8Array;
  /** `[dSae]`: 1 for latents that explain what the others leave over; for a learner with `aux`. */
  readonly explaining?: Uint8Array;
}
