// Activations: recorded to shards, read from them, or live from a model.

export {
  ActivationsConfig,
  type ActivationsConfigInput,
  DataLoad,
  type DataLoadInput,
} from './config.ts';
export { recordConfigured } from './job.ts';
export { type LiveOptions, openLive } from './live/live-images.ts';
export type { LiveSource } from './live/live-source.ts';
export { type LiveTextOptions, openLiveTexts } from './live/live-texts.ts';
export { type Mixing, measureMixing } from './reading/mixing.ts';
export type { Scaling } from './reading/scaling.ts';
export { openActivations, type ReadOptions, type ShardSource } from './reading/shard-source.ts';
export {
  type LoadedPixels,
  type RecordOptions,
  recordActivations,
} from './recording/record-images.ts';
export type { RecordSummary } from './recording/record-loop.ts';
export { type RecordTextOptions, recordTexts } from './recording/record-texts.ts';
export {
  type ActivationMetadata,
  type Layer,
  metadataHash,
  metadataText,
  readMetadata,
} from './shards/metadata.ts';
export { openShardWriter, type ShardWriter } from './shards/shard-writer.ts';
export { findShards, type OpenedSource, openSource } from './source.ts';
export type {
  ActivationBatch,
  ActivationRow,
  ActivationSource,
  BatchOptions,
  TextContexts,
} from './types.ts';
