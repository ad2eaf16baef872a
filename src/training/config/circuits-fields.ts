// Settings of transcoder-circuits that are none here, and what stands in their place. Those that have a counterpart are
// aliases of it, beside its description.
import type { Foreign } from '../../base/config/json-schema.ts';

const fromPoint = (ours: string): Foreign => ({
  instead: `the layer is read from the name of the hook point, ${ours}`,
});

/** What a job says when it is given one of these; `idle` values ask for what is done anyway. */
export const CIRCUITS_FIELDS: Readonly<Record<string, Foreign>> = {
  hookPointLayer: fromPoint('data.layer'),
  outHookPointLayer: { ...fromPoint('data.target'), idle: [null] },
  isTranscoder: {
    instead: 'data.target, the hook point to reconstruct, makes a transcoder',
    idle: [false],
  },
  dOut: { instead: 'the width of what is reconstructed is read from data.target', idle: [null] },
  isSparseConnection: { instead: 'sparseConnection.path switches that loss on', idle: [false] },
  isDatasetTokenized: {
    instead: 'whether texts are tokenized is seen from their columns; leave it out',
    idle: [true, false],
  },
  useCachedActivations: {
    instead: 'record with saev activations, and give the folder as data.shardRoot',
    idle: [false],
  },
  cachedActivationsPath: {
    instead: 'record with saev activations, and give the folder as data.shardRoot',
    idle: [null],
  },
  nBatchesInBuffer: {
    instead:
      'use data.language.bufferContexts: n_batches_in_buffer times store_batch_size contexts',
  },
  dtype: {
    instead: 'all numbers are float32; leave it out',
    idle: ['float32', 'torch.float32'],
  },
  useTqdm: { instead: '--quiet switches the lines of progress off', idle: [true] },
  shuffleEveryNBuffers: { instead: 'recorded rows are mixed as they are read; leave it out' },
  nShufflesWithLastSection: { instead: 'recorded rows are mixed as they are read; leave it out' },
  nShufflesInEntireDir: { instead: 'recorded rows are mixed as they are read; leave it out' },
  nShufflesFinal: { instead: 'recorded rows are mixed as they are read; leave it out' },
};
