// Contexts: tokens to run a model on, and where each comes from.

import type { PackingTally } from './tally.ts';

/** A stretch of a context that comes from one document. */
export interface Span {
  /** First position in the context. */
  readonly start: number;
  readonly length: number;
  /** Number of the document, and position of the stretch among its tokens. */
  readonly document: number;
  readonly offset: number;
}

/** Tokens to run a model on. */
export interface Context {
  /** `[contextSize]` token ids. */
  readonly tokens: Int32Array;
  /** Positions before the padding. */
  readonly length: number;
  /** Where the tokens come from, in order. Tokens that packing put in (BOS, EOS, padding) are in none. */
  readonly spans: readonly Span[];
  /** Where to go on after this context. */
  readonly next: ContextPosition;
}

/**
 * A place in a stream of contexts, JSON-safe: a document at which packing starts with nothing left over, and how many
 * contexts from there are done.
 */
export interface ContextPosition {
  readonly document: number;
  readonly skip: number;
}

/** A document as token ids. */
export interface TokenDocument {
  readonly index: number;
  readonly tokens: Int32Array;
}

/** What packing needs; a packer turns documents, the first at a clean place, into contexts. */
export interface PackOptions {
  readonly contextSize: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly prependBos: boolean;
  /** Counts what is left out. */
  readonly tally: PackingTally;
}
