// What an opened text tower offers to the floors above.

/** What an image tower gives for one image: `[1, tokens, dModel]`, the first token standing for the image, or `[1, dOut]`. */
export interface ModelOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Vectors of texts. */
export interface EmbeddedTexts {
  /** Of length 1, `[texts, dOut]`. */
  readonly vectors: readonly Float32Array[];
  /** Texts whose end the tower does not see, by their place in the list. */
  readonly cut: readonly number[];
}

/** What compares images with texts. */
export interface TextTower {
  /** Tokens that it reads of a text, with those that begin and end it. */
  readonly contextLength: number;
  /** Whether probabilities are shared among the texts (CLIP), or each text has its own (SigLIP). */
  readonly isShared: boolean;
  /** Give the vectors of texts, those computed before from memory. */
  embed(texts: readonly string[]): Promise<EmbeddedTexts>;
  /** Give the vector of length 1 `[dOut]` that the model's `output` of one image means among texts. */
  imageVector(output: ModelOutput): Float32Array;
  /** Turn cosines of one image with texts into probabilities. */
  probabilities(cosines: readonly number[]): readonly number[];
  close(): Promise<void>;
}
