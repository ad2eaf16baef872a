// Sources of one world read side by side: each row is drawn once, and scaled for each of them.
import { type Scaling, scaleRow } from '../reading/scaling.ts';
import type { ActivationBatch, ActivationSource, BatchOptions, TogetherReader } from '../types.ts';

/** Rows as a law draws them. */
export const UNSCALED: Scaling = { clamp: Number.POSITIVE_INFINITY, mean: undefined, scalar: 1 };

/** What reads sources of one world together: `draw` is a pass of its rows, `scalingOf` what is done to those of a source. */
export function drawnTogether(
  draw: (options: BatchOptions) => AsyncIterable<ActivationBatch>,
  scalingOf: (source: ActivationSource) => Scaling,
): TogetherReader {
  return {
    areAlike: () => true,
    async *batches(sources, options) {
      const room = sources.map(() => new Float32Array(0));
      // Drawn rows are done with once they were scaled for all.
      for await (const batch of draw({ ...options, reuse: true })) {
        yield sources.map((source, i) => {
          const { length } = batch.acts;
          const fits = options.reuse === true && room[i]!.length >= length;
          const acts = fits ? room[i]!.subarray(0, length) : new Float32Array(length);
          if (!fits) room[i] = acts;
          const { dModel } = source;
          for (let at = 0; at < length; at += dModel) {
            scaleRow(batch.acts, at, acts, at, dModel, scalingOf(source));
          }
          return { ...batch, acts };
        });
      }
    },
  };
}
