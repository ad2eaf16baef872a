// What the tasks of one step share: its constants, and which latents it touches.
import type { CodePenalty, L0Target } from '../../types.ts';

/** What one forward and backward needs to know. */
export interface Pass {
  /** Rows of the whole batch. */
  readonly rows: number;
  readonly prefixes: readonly number[];
  /** 2 / (rows · dOut · prefixes). */
  readonly scale: number;
  /** Penalties per row: l1 / rows and l0 / rows. */
  readonly l1: number;
  readonly l0: number;
  /** L0 that is drawn towards a target: what a row adds to the loss is known when all are reconstructed. */
  readonly l0Target?: L0Target | undefined;
  readonly penalty?: CodePenalty | undefined;
  /** Of the latents that are listed where ghosts would be: how many, and the weight for each row. */
  readonly lifted?: { readonly latents: number; readonly weight: number } | undefined;
  /** Window of a jumprelu's threshold gradient; 0: none. */
  readonly width: number;
  readonly backward: boolean;
  /** Rows that ghosts are to explain what is left of: those of `target`, or the inputs. */
  readonly ghostsOf?: number;
  /** Address of the targets. */
  readonly target: number;
  /** Address of the rows whose norms weigh errors; those of the targets when undefined. */
  readonly normsOf?: number;
  readonly explaining?: Explaining;
  readonly gates?: GatePass;
  /** Address of what codes must be above. */
  readonly threshold: number;
  /** Divide the squared error of each row by the norm of its target. */
  readonly errorByNorm: boolean;
}

/** Which latents explain what is left of a step, as tasks know them: the list itself lies in memory. */
export interface Explaining {
  /** Number of latents. */
  readonly latents: number;
  readonly k: number;
  /** What pre-activations must be above: 0, or −∞. */
  readonly above: number;
}

/** What teaches the gates of a step. */
export interface GatePass {
  /** Penalty per row. */
  readonly l1: number;
  readonly byNorm: boolean;
  readonly trainsDecoder: boolean;
}

/** Where the gradients of a step come from. */
export interface GradientSources {
  /** From the columns of sparse codes. */
  readonly columns: boolean;
  /** From the columns of latents that explain what is left. */
  readonly aux: boolean;
  /** Latents are marked that have a gradient without firing. */
  readonly marked: boolean;
  /** From dense products, whose blocks are not those of the update: they lie with all latents. */
  readonly inOtherBlocks: boolean;
  /** They were brought together and measured before. */
  readonly measured?: boolean;
  /** Every latent has one. */
  readonly all: boolean;
}

/** Lists of entries of a block of rows: where they lie, as the kernels take them. */
export interface Lists {
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly rows: number;
}

/** What one optimiser step needs to know. */
export interface Step {
  readonly rate: number;
  /** 1 − β₁. */
  readonly gain1: number;
  readonly beta2: number;
  /** 1 − β₂. */
  readonly gain2: number;
  readonly root: number;
  readonly epsilon: number;
  readonly removeParallel: boolean;
  readonly unitNorm: boolean;
  readonly freeNorms: boolean;
  readonly trainThreshold: boolean;
  readonly inLogarithm: boolean;
  readonly thresholdRate: number;
  /** What gradients are multiplied with. */
  readonly factor: number;
  /** What is left of weights and biases before the step. */
  readonly kept: number;
  readonly pass: Pass;
}
