// What a loaded language model offers to the floors above.
import type { HookPoint } from '../hook-points.ts';
import type { Tensor } from '../types.ts';
import type { LanguageConfig } from './model-config.ts';
import type { LanguageMatrices } from './weights/matrices.ts';

/**
 * Token ids, one row a sequence. Rows are of one length, unless the run says how to pad them; ids count from 0 to
 * `dVocab − 1`.
 */
export type Tokens = readonly ArrayLike<number>[];

/** Where an intervention's function is called. */
export interface HookContext {
  readonly point: HookPoint;
  /** Index in the batch of the first sequence in the tensor. */
  readonly firstRow: number;
  /** Index in the sequence of each entry along the tensor's axis of positions. */
  readonly positions: readonly number[];
}

/**
 * What to do at a hook point. Tensors broadcast as in NumPy against `[batch, positions, …]`, of which only the chosen
 * positions are touched (all by default; negative ones count from the end of the prompt). In attention scores and
 * patterns, positions are those of queries.
 */
export type Intervention =
  | { readonly point: HookPoint; readonly replace: Tensor; readonly positions?: readonly number[] }
  | { readonly point: HookPoint; readonly add: Tensor; readonly positions?: readonly number[] }
  | {
      readonly point: HookPoint;
      /** Gives the tensor that takes the place of `value`, of the same shape; may write into `value`. */
      readonly apply: (value: Tensor, context: HookContext) => Tensor | Promise<Tensor>;
    }
  | {
      readonly point: HookPoint;
      /** A hook point before it in the order of computation. */
      readonly from: HookPoint;
      /**
       * Gives the tensor in place of what the model would compute, which it then does not, from the value of `from`
       * after all interventions there; must not write into it.
       */
      readonly compute: (source: Tensor, context: HookContext) => Tensor | Promise<Tensor>;
    };

/** What a computation may be told besides its tokens. */
export interface LanguageRunOptions {
  /** Applied at their hook points, each to what the ones before have left; in order for one point. */
  readonly interventions?: readonly Intervention[];
  /**
   * Pad shorter rows on the left. Positions then count from the first token of each row, and padding is attended to by
   * nobody, as in TransformerLens with an attention mask.
   */
  readonly padding?: 'left';
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
}

/** What to record of a run, and where to stop it. */
export interface RecordOptions extends LanguageRunOptions {
  /** Hook points to return, or a test of their names; `logits` and `loss` may be named too. */
  readonly record: readonly HookPoint[] | ((name: HookPoint) => boolean);
  /** Compute blocks `0 … stopAtLayer − 1` only; negative counts from the end. */
  readonly stopAtLayer?: number;
}

/** Cross-entropy, in nats, of each next token. */
export interface LanguageLoss {
  /** Mean over all tokens that are predicted. */
  readonly mean: number;
  /** `[batch, positions − 1]`: entry `p` is `−log P(token p + 1)`; 0 where a token is padding. */
  readonly perToken: Tensor;
}

/** How to go on with prompts: greedily or by sampling. */
export interface GenerateOptions extends LanguageRunOptions {
  readonly maxNewTokens: number;
  /** Divides the logits; 0 takes the most likely token. 1 by default. */
  readonly temperature?: number;
  /** Sample among the `topK` most likely tokens only. */
  readonly topK?: number;
  /** Sample among the most likely tokens that together have this probability only. */
  readonly topP?: number;
  /** Seed of the samples; 0 by default. */
  readonly seed?: number;
  /** A sequence ends with any of these tokens. */
  readonly stopTokens?: readonly number[];
  /** Keep keys and values of earlier positions instead of computing them anew; true by default. */
  readonly useCache?: boolean;
  /** Called with each new token of each sequence. */
  readonly onToken?: (row: number, token: number) => void;
}

/** A language model ready to run. Runs are served one after the other. */
export interface LanguageBackbone {
  /** The name the person gave: `gpt2`. */
  readonly checkpoint: string;
  readonly config: LanguageConfig;
  /** The files that it was read from: weights, and what they are configured by. */
  readonly sources?: readonly string[];
  /** Every hook point that TransformerLens records by default, in the order of computation. */
  readonly hookPoints: readonly HookPoint[];
  /** Hook points that TransformerLens has but records only when told to; they cost more. */
  readonly optionalHookPoints: readonly HookPoint[];
  /** Weights as matrices. */
  readonly matrices: LanguageMatrices;
  /** Run a batch and return what is recorded, by name, in the order of computation. */
  run(tokens: Tokens, options: RecordOptions): Promise<Map<HookPoint, Tensor>>;
  /** Logits `[batch, positions, dVocab]`. */
  logits(tokens: Tokens, options?: LanguageRunOptions): Promise<Tensor>;
  loss(tokens: Tokens, options?: LanguageRunOptions): Promise<LanguageLoss>;
  /** Continue each prompt; the rows returned begin with their prompts. */
  generate(prompts: Tokens, options: GenerateOptions): Promise<number[][]>;
  close(): Promise<void>;
}

/** Name under which logits are recorded. */
export const LOGITS = 'logits';
/** Name under which the loss of each next token is recorded. */
export const LOSS = 'loss';
