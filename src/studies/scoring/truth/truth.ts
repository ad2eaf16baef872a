// What is known about the rows that latents are scored on: the concepts, and which of them each row shows.

/** One thing that a row can show: of the kind `colour`, the name `red`. */
export interface Concept {
  readonly kind: string;
  readonly name: string;
}

/** What is known about one row. Rows of equal truth may share one object. */
export interface RowTruth {
  /** Numbers of the concepts that it shows. */
  readonly present: readonly number[];
  /** Numbers of the kinds that nothing is known of: the row is left out for all concepts of these. */
  readonly unknown: readonly number[];
}

/** Concepts, and the truth about examples or about each of their tokens. */
export interface ConceptTruth {
  /** Where the labels come from, for people. */
  readonly source: string;
  readonly concepts: readonly Concept[];
  /** Kinds, in the order of their first concepts. */
  readonly kinds: readonly string[];
  /** Whether examples (images, contexts) or their tokens (patches, positions) are labelled. */
  readonly level: 'example' | 'token';
  readonly nExamples: number;
  /** Say what is known of a token of an example (−1 for the example as a whole); undefined leaves the row out. */
  of(example: number, token: number): RowTruth | undefined;
}

/** The kinds of concepts, each once, in order. */
export function kindsOf(concepts: readonly Concept[]): string[] {
  return [...new Set(concepts.map(({ kind }) => kind))];
}

/** Nothing shown, everything known. */
export const NOTHING: RowTruth = { present: [], unknown: [] };

/** Name a concept with its kind, where it has one. */
export function conceptName({ kind, name }: Concept): string {
  return kind === '' ? name : `${kind}: ${name}`;
}
