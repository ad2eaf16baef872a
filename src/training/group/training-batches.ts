// The batches of a training, pass after pass.
import { batchesTogether } from '../../activations/together.ts';
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import type { FittedConfig } from '../config/fitting.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';
import { limitBatches, streamOf } from './batches.ts';

/**
 * Batches of all passes over sources that go together, one of each at a time, the first `start` left out. An interruption does not
 * end them: it is heeded between two steps, where the state is saved.
 */
export async function* trainingBatches(
  sources: readonly ActivationSource[],
  {
    config,
    seeds,
    start,
  }: { readonly config: FittedConfig; readonly seeds: StreamSeeds; readonly start: number },
): AsyncGenerator<readonly ActivationBatch[]> {
  const { saeBatchSize: batchSize } = config;
  let skip = start;
  let reader: AsyncIterator<readonly ActivationBatch[]> | undefined;
  let pass = -1;
  try {
    for (const position of limitBatches(streamOf(config, sources[0]!))) {
      if (skip > 0) {
        skip--;
        continue;
      }
      if (position.pass !== pass) {
        pass = position.pass;
        await reader?.return?.();
        const skipBatches = position.batch;
        const { seed, bufferExamples } = seeds;
        const pace = { batchSize, bufferExamples, skipBatches, reuse: true };
        reader = batchesTogether(sources, { ...pace, shuffleSeed: seed + pass })[
          Symbol.asyncIterator
        ]();
      }
      const next = await reader!.next();
      if (next.done === true) throw new RangeError('training: a pass ended before its last batch');
      yield next.value;
    }
  } finally {
    await reader?.return?.();
  }
}
