// The first rows of one shuffled read, which new coders start from: read once for all that is to be learnt of them.
import { batchesTogether } from '../../activations/together.ts';
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';

/** What looks at first rows. */
export interface RowLooker {
  /** How many of the first rows it wants. */
  readonly wanted: number;
  /** Look at the first `rows` of a batch. */
  look(batch: ActivationBatch, rows: number): void;
}

/** A source and what looks at its first rows. */
interface LookedAt {
  readonly source: ActivationSource;
  readonly lookers: readonly RowLooker[];
}

/** Read the first rows of sources that are read side by side, as many as the greediest looker wants. */
export async function lookAtFirstRows(
  looked: readonly LookedAt[],
  { saeSeed: shuffleSeed, bufferExamples }: Pick<StreamSeeds, 'saeSeed' | 'bufferExamples'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const some = looked.filter(({ lookers }) => lookers.some(({ wanted }) => wanted > 0));
  const total = Math.max(0, ...some.flatMap(({ lookers }) => lookers.map(({ wanted }) => wanted)));
  if (total === 0) return;
  const sources = some.map(({ source }) => source);
  let seen = 0;
  const pace = { batchSize: 4096, shuffleSeed, bufferExamples, signal };
  for await (const batches of batchesTogether(sources, pace)) {
    const rows = batches[0]!.exampleIndex.length;
    for (const [i, { lookers }] of some.entries()) {
      for (const looker of lookers) {
        const own = Math.min(rows, looker.wanted - seen);
        if (own > 0) looker.look(batches[i]!, own);
      }
    }
    seen += rows;
    if (seen >= total) break;
  }
}
