// What trainers, evaluations and visuals read from, whether shards on disk or a model running live.

/** Rows of activations and where they come from. */
export interface ActivationBatch {
  /** float32 `[rows, dModel]`, clamped and normalised. */
  readonly acts: Float32Array;
  /** What to reconstruct, `[rows, dTarget]`; absent for an SAE, whose target is `acts`. */
  readonly targets?: Float32Array;
  /** Example (image or text) of each row. */
  readonly exampleIndex: Int32Array;
  /** Token of each row within its example: a patch from 0; −1 for CLS and for means over tokens. */
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
  /** Leave out a last, smaller batch. */
  readonly dropLast?: boolean;
  /**
   * The consumer is done with a batch when it asks for the next one: its arrays may be taken back, and are then empty.
   * Saves memory and time where batches are large. Without it every batch is the consumer's to keep.
   */
  readonly reuse?: boolean;
  readonly signal?: AbortSignal;
}

/** A set of activation rows that can be read again and again. */
export interface ActivationSource {
  /** Length of one row. */
  readonly dModel: number;
  /** Number of rows in one pass. */
  readonly length: number;
  /** Number of examples (images) the rows come from, and rows of one example. */
  readonly nExamples: number;
  readonly rowsPerExample: number;
  /** One pass over the rows. The same options give the same batches. */
  batches(options: BatchOptions): AsyncIterable<ActivationBatch>;
  close(): Promise<void>;
}
