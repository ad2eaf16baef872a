import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { conceptMatches, scoreConcepts } from './concepts.ts';
import type { CodedTokens } from './counts.ts';

const [nExamples, nTokens, dSae] = [12, 5, 7];
const concepts = [
  { kind: 'colour', name: 'red' },
  { kind: 'shape', name: 'ring' },
];

/** Random dense codes and truth; latent 3 is `red` and nothing else, where `clean`. */
function world(seed: number, clean: boolean): { dense: Float32Array[]; truth: Uint8Array[] } {
  const random = new Random(seed);
  const truth = Array.from({ length: nExamples }, () =>
    Uint8Array.from({ length: concepts.length * nTokens }, () => (random.float() < 0.4 ? 1 : 0)),
  );
  const dense = Array.from({ length: nExamples * nTokens }, (_, row) =>
    Float32Array.from({ length: dSae }, (_, latent) => {
      const red = truth[Math.floor(row / nTokens)]![row % nTokens] === 1;
      if (clean && latent === 3) return red ? 1 + random.float() : 0;
      return random.float() < 0.5 ? random.float() : 0;
    }),
  );
  return { dense, truth };
}

async function* batches(dense: readonly Float32Array[], size: number): AsyncGenerator<CodedTokens> {
  for (let first = 0; first < dense.length; first += size) {
    const rows = dense.slice(first, first + size);
    const rowStart = [0];
    const [index, value]: [number[], number[]] = [[], []];
    for (const row of rows) {
      row.forEach((v, latent) => {
        if (v === 0) return;
        index.push(latent);
        value.push(v);
      });
      rowStart.push(index.length);
    }
    const numbers = rows.map((_, r) => first + r);
    yield {
      codes: {
        columns: dSae,
        rowStart: Uint32Array.from(rowStart),
        index: Uint32Array.from(index),
        value: Float32Array.from(value),
      },
      exampleIndex: numbers.map((n) => Math.floor(n / nTokens)),
      tokenIndex: numbers.map((n) => n % nTokens),
    };
  }
}

/** F1 of `latent above share of its maximum` on examples of one parity. */
function f1(
  dense: Float32Array[],
  truth: Uint8Array[],
  c: number,
  latent: number,
  share: number,
  parity: number,
): number {
  const max = Math.max(...dense.map((row) => row[latent]!));
  let [yes, real, both] = [0, 0, 0];
  dense.forEach((row, n) => {
    const example = Math.floor(n / nTokens);
    if (example % 2 !== parity) return;
    const says = row[latent]! > Math.fround(share) * max && row[latent]! > share * max;
    const is = truth[example]![c * nTokens + (n % nTokens)] === 1;
    yes += says ? 1 : 0;
    real += is ? 1 : 0;
    both += says && is ? 1 : 0;
  });
  return both === 0 ? 0 : (2 * both) / (yes + real);
}

it('chooses on even examples and measures on odd ones, as brute force does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 60 }), async (seed, size) => {
      const { dense, truth } = world(seed, false);
      const scores = await scoreConcepts(() => batches(dense, size), {
        dSae,
        concepts,
        nTokens,
        truth: (example) => truth[example]!,
      });
      scores.forEach((score, c) => {
        let best = -1;
        for (let latent = 0; latent < dSae; latent++) {
          for (const share of [0, 0.1, 0.2, 0.35, 0.5])
            best = Math.max(best, f1(dense, truth, c, latent, share, 0));
        }
        expect(f1(dense, truth, c, score.latent, score.threshold, 0)).toBeCloseTo(best, 6);
        expect(score.f1).toBeCloseTo(f1(dense, truth, c, score.latent, score.threshold, 1), 6);
      });
    }),
    { numRuns: 30 },
  );
});

it('finds the latent that is a concept', async () => {
  const { dense, truth } = world(4, true);
  const [red] = await scoreConcepts(() => batches(dense, 7), {
    dSae,
    concepts,
    nTokens,
    truth: (example) => truth[example]!,
  });
  expect(red).toMatchObject({ latent: 3, f1: 1, precision: 1, recall: 1 });
  expect(conceptMatches([red!])).toEqual([
    { concept: 'colour: red', latent: 3, f1: 1, precision: 1, recall: 1 },
  ]);
});
