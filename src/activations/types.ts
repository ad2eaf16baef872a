// What trainers, evaluations and visuals read from, whether shards on disk or a model running live.

/** Rows of activations and where they come from. */
export interface ActivationBatch {
  /** float32 `[rows, dModel]`, clamped and normalised. */
  readonly acts: Float32Array;
  /** What to reconstruct, `[rows, dTarget]`; absent for an SAE, whose target is `acts`. */
  readonly targets?: Float32Array;
  /** Example (image or text) of each row. */
  readonly exampleIndex: Int32Array;
  /** Token of each row within its example: a patch or position from 0; −1 for CLS and for means over tokens. */
  readonly tokenIndex: Int32Array;
}

/** How one pass over the rows goes. */
export interface BatchOptions {
  /** Rows in a batch. */
  readonly batchSize: number;
  /** Visit the rows in an order drawn from this seed; in their own order when undefined. */
  readonly shuffleSeed?: number;
  /** Start after this many batches, as if they had been read: for resuming. */
  readonly skipBatches?: number;
  /** Examples whose rows a mixed pass holds at a time, where that is less than the source holds by itself (see `mixing`). */
  readonly bufferExamples?: number | undefined;
  /** Leave out a last, smaller batch. */
  readonly dropLast?: boolean;
  /**
   * The consumer is done with a batch when it asks for the next one: its activations may lie in memory that is shared with
   * other threads, and be overwritten then. Saves memory and time. Without it every batch is the consumer's to keep.
   */
  readonly reuse?: boolean;
  readonly signal?: AbortSignal;
}

/** The contexts that a language model was run on, and what is needed to run it on them again. */
export interface TextContexts {
  /** Name or path of the model. */
  readonly model: string;
  /** Whether its weights are processed as TransformerLens does by default. */
  readonly processing: boolean;
  /** Name or path of the tokenizer. */
  readonly tokenizer: string;
  /** Tokens in a context. */
  readonly contextSize: number;
  /** Ids of one context, int32 `[contextSize]`. */
  tokens(example: number): Promise<Int32Array>;
}

/** What reads sources of one model, so that it runs once for all of them. */
export interface TogetherReader {
  /** Tell whether two sources of the model give the same rows of the same examples. */
  areAlike(a: ActivationSource, b: ActivationSource): boolean;
  /** One pass over sources that are alike: a batch of each at a time. */
  batches(
    sources: readonly ActivationSource[],
    options: BatchOptions,
  ): AsyncIterable<readonly ActivationBatch[]>;
}

/** A set of activation rows that can be read again and again. */
export interface ActivationSource {
  /** Length of one row. */
  readonly dModel: number;
  /** Number of rows in one pass. */
  readonly length: number;
  /** Length of one row of targets; undefined when each row is its own target. */
  readonly dTarget?: number | undefined;
  /** Number of examples (images, or contexts of texts) the rows come from, and rows of one example. */
  readonly nExamples: number;
  readonly rowsPerExample: number;
  /** Rows of these examples that are ignored, and not counted in `length`; undefined where none is to be. */
  readonly leftOut?: number | undefined;
  /** Examples at the beginning that no batch takes: they are kept to evaluate on. 0 when undefined. */
  readonly heldOut?: number | undefined;
  /** Whether rows are drawn by a law as they are asked for: those in their own order are none that training sees. */
  readonly isDrawn?: boolean | undefined;
  /** Tokens of the examples, when they are texts. */
  readonly contexts?: TextContexts | undefined;
  /** Examples whose rows a mixed pass holds at a time, and the bytes that it takes for them; undefined where rows need no mixing. */
  readonly mixing?: { readonly examples: number; readonly bytes: number } | undefined;
  /** What reads this source with others of the model that runs along; undefined where none does. */
  readonly together?: TogetherReader | undefined;
  /** One pass over the rows. The same options give the same batches. */
  batches(options: BatchOptions): AsyncIterable<ActivationBatch>;
  close(): Promise<void>;
}

/** One row and where it comes from. */
export interface ActivationRow {
  /** float32 `[dModel]`, clamped and normalised. */
  readonly act: Float32Array;
  readonly exampleIndex: number;
  /** Patch from 0; −1 for CLS and for means. */
  readonly tokenIndex: number;
  /** Position in the metadata's list of layers; −1 for means over layers. */
  readonly layerIndex: number;
}
