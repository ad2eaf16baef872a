// Contexts of a chunk as tokens with values.
import type { TextChunk, TextExample } from '../../../src/pages/feature-page.ts';

/** A token of a context. */
export interface ShownToken {
  readonly text: string;
  /** What the feature gives on it; 0 where it does not fire. */
  readonly value: number;
}

/** The tokens of an example's context, with the feature's values. */
export function tokensOf(chunk: TextChunk, { text, positions, values }: TextExample): ShownToken[] {
  const firing = new Map(positions.map((position, i) => [position, values[i]!]));
  return contextOf(chunk, text).map((token, position) => ({
    text: chunk.vocabulary[token]!,
    value: firing.get(position) ?? 0,
  }));
}

const decoded = new WeakMap<TextChunk, Map<number, readonly number[]>>();

function contextOf(chunk: TextChunk, text: number): readonly number[] {
  let contexts = decoded.get(chunk);
  if (contexts === undefined) {
    contexts = new Map();
    decoded.set(chunk, contexts);
  }
  let tokens = contexts.get(text);
  if (tokens === undefined) {
    const bytes = Uint8Array.from(atob(chunk.texts[text]!), (char) => char.charCodeAt(0));
    const Indices = chunk.vocabulary.length <= 2 ** 16 ? Uint16Array : Uint32Array;
    tokens = [...new Indices(bytes.buffer)];
    contexts.set(text, tokens);
  }
  return tokens;
}
