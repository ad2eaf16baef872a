// Activations: recorded to shards, read from them, or live from a model.

export {
  ActivationsConfig,
  type ActivationsConfigInput,
  DataLoad,
  type DataLoadInput,
} from './config.ts';
export {
  findShards,
  locateShards,
  onlyLayer,
  shardsThatFit,
  type WantedRows,
} from './find-shards.ts';
export type { IgnoreConfig } from './ignored/config.ts';
export { record } from './job.ts';
export {
  type ImageSelection,
  type LiveImagesModel,
  type LiveImagesOptions,
  liveImages,
  liveImagesTogether,
} from './live/live-images.ts';
export type { LiveSource } from './live/live-source.ts';
export {
  type LiveTextsModel,
  type LiveTextsOptions,
  liveTexts,
  liveTextsTogether,
  type TextSelection,
} from './live/live-texts.ts';
export type {
  OpenedSource,
  OpenOptions,
  SharedOpenOptions,
  WantedSource,
} from './open-options.ts';
export { type Mixing, measureMixing } from './reading/mixing.ts';
export type { RowFilter } from './reading/row-filter.ts';
export type { Scaling } from './reading/scaling.ts';
export type { LayerChoice, PatchChoice, RowSelection } from './reading/selection.ts';
export { openActivations, type ReadOptions, type ShardSource } from './reading/shard-source.ts';
export {
  type LoadedPixels,
  type RecordImagesOptions,
  recordImages,
} from './recording/record-images.ts';
export type { RecordSummary } from './recording/record-loop.ts';
export { type RecordTextsOptions, recordTexts } from './recording/record-texts.ts';
export type { TextModel } from './recording/text-model.ts';
export type { HeadChoice } from './recording/text-points.ts';
export type { ShardDtype } from './shards/dtypes.ts';
export type { ShardFile, ShardGeometry } from './shards/geometry.ts';
export type { LaterMetadata, OriginalMetadata, PixelAggregation } from './shards/metadata.ts';
export {
  type ActivationMetadata,
  type Layer,
  metadataHash,
  metadataText,
  readMetadata,
} from './shards/metadata.ts';
export { RecordingOrigin } from './shards/origin.ts';
export type { ShardWriterOptions } from './shards/shard-output.ts';
export { openShardWriter, type ShardWriter } from './shards/shard-writer.ts';
export { openSource, openSources } from './source.ts';
export { batchesTogether, goTogether } from './together.ts';
export type {
  ActivationBatch,
  ActivationRow,
  ActivationSource,
  BatchOptions,
  TextContexts,
  TogetherReader,
} from './types.ts';
export type { ValidationChoice, ValidationRows } from './validation/rows.ts';
