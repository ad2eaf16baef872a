// All that a scoring job found: what `scores.json` holds.
import type { Pool } from './pooling.ts';
import type { CoderScores } from './score-coder.ts';
import type { ConceptTruth } from './truth/truth.ts';

/** All scores of a job. */
export interface ScoreReport {
  readonly ckpt: string;
  /** Where the labels come from, and whether they are of examples or of tokens. */
  readonly labels: string;
  readonly level: ConceptTruth['level'];
  /** What the tokens of an example are. */
  readonly tokens: 'patches' | 'tokens';
  /** Latents are chosen on one half of the examples, drawn by the seed, and measured on the other. */
  readonly split: {
    readonly seed: number;
    readonly chosenOn: number;
    readonly measuredOn: number;
  };
  /** Rows that are ignored: neither chosen on nor measured on. */
  readonly leftOut?: number;
  readonly pool?: Pool;
  readonly k: number;
  readonly tau: number;
  /** The autoencoder first, then the baselines. */
  readonly methods: readonly CoderScores[];
}
