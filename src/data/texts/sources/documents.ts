// What a text is on every floor above: a numbered document, of text or of ready-made tokens.

/** One document of a set of texts. */
export interface TextDocument {
  /** Position in the set, from 0. */
  readonly index: number;
  /** Where it stands, for people: `notes.txt:12`, or `train-00000.parquet#7`. */
  readonly source: string;
  /** Its text, or its token ids. */
  readonly content: string | Int32Array;
}

/** Which documents are read. */
export interface ReadOptions {
  /** Number of the document to begin with; 0 when not given. */
  readonly start?: number;
  readonly signal?: AbortSignal;
}

/** A set of texts that is read in order, always the same, and never as a whole. */
export interface TextSource {
  /** What it was opened by. */
  readonly name: string;
  /**
   * Read on from a document.
   *
   * @throws {UserError} when a file is damaged, or the set holds no document at all.
   */
  documents(options?: ReadOptions): AsyncGenerator<TextDocument, void>;
}
