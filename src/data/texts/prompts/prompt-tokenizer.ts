// What makes tokens of the short texts that an image is compared with.

/** A text as a text tower reads it. */
export interface TokenizedPrompt {
  /** As many as the tower has positions, filled up at the end. */
  readonly tokens: Int32Array;
  /** Whether its end did not fit. */
  readonly isCut: boolean;
}

/** Turns texts into rows of tokens of one length. */
export interface PromptTokenizer {
  /** What it was loaded by: a path or a repository. */
  readonly name: string;
  /** Highest id + 1. */
  readonly vocabularySize: number;
  /** Clean a text and turn it into `length` ids; what does not fit is cut off before the token that ends a text. */
  encode(text: string, length: number): TokenizedPrompt;
}
