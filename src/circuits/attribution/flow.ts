// What goes into an attribution and what comes out: a prompt with everything frozen, targets, and what flows into them.
import type { ArrayGemm } from '../../compute/products/array-products.ts';
import type { HeadInstance } from '../graph/graph.ts';
import type { FrozenAttention } from './frozen-model.ts';
import type { FrozenSkip } from './frozen-skip.ts';
import type { PromptState } from './prompt-state.ts';
import type { Sources } from './sources.ts';

/** All that stays fixed during attribution. */
export interface FrozenPrompt {
  readonly dModel: number;
  readonly nHeads: number;
  readonly dHead: number;
  readonly state: PromptState;
  readonly attention: readonly FrozenAttention[];
  readonly sources: Sources;
  /** By layer; undefined where an MLP's transcoder has none. */
  readonly skips: readonly (FrozenSkip | undefined)[];
  /** Whether attention and MLPs read the same stream. */
  readonly parallel: boolean;
  readonly gemm: ArrayGemm;
  /** Products that may run at the same time. */
  readonly threads: number;
}

/** A place and a direction in which the residual stream is read. */
export interface SweepTarget {
  /** Sublayers below it; see `readPoint`. */
  readonly depth: number;
  readonly position: number;
  /** `[dModel]` */
  readonly vector: Float32Array;
  /** Head instances that nothing of it shall flow through. */
  readonly without?: readonly HeadInstance[];
}

/** A head instance, and all of a target that flows through it. */
export interface HeadFlow extends HeadInstance {
  readonly flow: number;
  /** The target's gradient at the destination, brought to the head's values: `W_O g`, `[dHead]`. */
  readonly read: Float32Array;
}

/** What flows into a target. */
export interface Inflow {
  /** Contribution of each source. */
  readonly sources: Float32Array;
  /** What would flow through each head instance that it is without. */
  readonly without: Float64Array;
  /** The head instances through which most flows, by size. */
  readonly strongest: HeadFlow[];
}
