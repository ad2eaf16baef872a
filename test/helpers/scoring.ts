// Codes and truth in memory, for tests of scores on labels.
import type { CodedTokens } from '../../src/studies/scoring/counts.ts';
import { type ConceptTruth, kindsOf } from '../../src/studies/scoring/truth/truth.ts';

/** Dense rows as codes; each row is an example by itself, or one of `perExample` tokens. */
export function rowsOf(
  dense: readonly ArrayLike<number>[],
  columns: number,
  { first = 0, perExample = 1 }: { first?: number; perExample?: number } = {},
): CodedTokens {
  const rowStart = [0];
  const [index, value]: [number[], number[]] = [[], []];
  for (const row of dense) {
    for (let latent = 0; latent < columns; latent++) {
      if (row[latent] === 0) continue;
      index.push(latent);
      value.push(row[latent]!);
    }
    rowStart.push(index.length);
  }
  const numbers = dense.map((_, row) => first + row);
  return {
    codes: {
      columns,
      rowStart: Uint32Array.from(rowStart),
      index: Uint32Array.from(index),
      value: Float32Array.from(value),
    },
    exampleIndex: numbers.map((n) => Math.floor(n / perExample)),
    tokenIndex: numbers.map((n) => (perExample === 1 ? -1 : n % perExample)),
  };
}

/** One class for each example; −1 shows nothing. */
export function truthOfClasses(names: readonly string[], numbers: ArrayLike<number>): ConceptTruth {
  const concepts = names.map((name) => ({ kind: 'class', name }));
  return {
    source: 'a test',
    concepts,
    kinds: kindsOf(concepts),
    level: 'example',
    nExamples: numbers.length,
    of: (example) => ({ present: numbers[example]! < 0 ? [] : [numbers[example]!], unknown: [] }),
  };
}
