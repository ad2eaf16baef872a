// What every kind of text file offers to the set of texts that it is part of.

/** Documents that are yet to be passed over before the first one that is wanted; files count it down. */
export interface Skip {
  left: number;
}

/** A document of a file. */
export interface FileDocument {
  /** Where in the file it stands, for people. */
  readonly source: string;
  readonly content: string | Int32Array;
}

/** One file of a set of texts. */
export interface TextFile {
  /** Read its documents in order, but for those that `skip` still counts. */
  documents(skip: Skip): AsyncGenerator<FileDocument, void>;
}
