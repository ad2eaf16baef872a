// The law of a synthetic world: rows that are sparse sums of known directions (SynthSAEBench, arXiv 2602.14687). A
// world is made from its law and a seed.

/** How often each feature fires, by its number, most frequent first. */
export type FiringLaw =
  | {
      readonly kind: 'zipfian';
      readonly exponent: number;
      readonly max: number;
      readonly min: number;
    }
  | { readonly kind: 'linear' | 'random'; readonly max: number; readonly min: number }
  | { readonly kind: 'constant'; readonly probability: number };

/** A number for each feature: its mean magnitude, or the spread about it. */
export type MagnitudeLaw =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'linear' | 'exponential'; readonly start: number; readonly end: number }
  | {
      /** `|N(mean, std²)|`, between `min` and `max` where they are given. */
      readonly kind: 'folded-normal';
      readonly mean: number;
      readonly std: number;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
    };

/** Trees of features: a child fires only where its parent does. */
export interface ForestLaw {
  /** Trees, each with one feature at its root. */
  readonly roots: number;
  /** Children of a feature: always so many, or between two numbers. */
  readonly branching: number | readonly [least: number, most: number];
  /** Generations below a root. */
  readonly depth: number;
  /** Share of the parents of which at most one child fires at a time. */
  readonly exclusive: number;
  /** Generations of such parents, the roots being 0. */
  readonly exclusiveFrom: number;
  readonly exclusiveTo?: number | undefined;
  /** Raise probabilities, so that features fire about as often as the firing law says in spite of their parents. */
  readonly compensate: boolean;
  /** Multiply the magnitude of a child by its parent's over the parent's mean. */
  readonly scaleByParent: boolean;
}

/** Everything that a world is made from. */
export interface WorldLaw {
  readonly nFeatures: number;
  readonly dModel: number;
  readonly firing: FiringLaw;
  readonly forest?: ForestLaw | undefined;
  /** Which features fire together: Gaussian factors that they share, `rank` of them. */
  readonly correlation?: { readonly rank: number; readonly scale: number } | undefined;
  /** Steps of Adam that turn random directions away from each other. */
  readonly orthogonal?: { readonly steps: number; readonly rate: number } | undefined;
  readonly means: MagnitudeLaw;
  readonly spreads: MagnitudeLaw;
  /** Length of what is added to every row. */
  readonly bias: number;
  readonly seed: number;
}

/** The law of SynthSAEBench-16k. */
export const SYNTH_SAE_BENCH: WorldLaw = {
  nFeatures: 16_384,
  dModel: 768,
  firing: { kind: 'zipfian', exponent: 0.5, max: 0.4, min: 5e-4 },
  forest: {
    roots: 128,
    branching: 4,
    depth: 3,
    exclusive: 1,
    exclusiveFrom: 0,
    compensate: true,
    scaleByParent: true,
  },
  correlation: { rank: 25, scale: 0.1 },
  orthogonal: { steps: 100, rate: 3e-4 },
  means: { kind: 'linear', start: 5, end: 4 },
  spreads: { kind: 'folded-normal', mean: 0.5, std: 0.5 },
  bias: 0.5,
  seed: 42,
};
