// saev: find and explore the features inside vision transformers.
//
// The library by floor, in the order in which data flows. Each job of the command line is one function here (record,
// train, make visuals), and so is each of its steps. Nothing native (onnxruntime, sharp, a BLAS) is loaded before it
// is used.

// Jobs: what the commands do, from a configuration.
// Activations: recorded to shards, read from them, or live from a model.
export {
  ActivationsConfig,
  type ActivationsConfigInput,
  DataLoad,
  type DataLoadInput,
} from './activations/config.ts';
export {
  type ActivationRow,
  openActivations,
  type ReadOptions,
  type ShardSource,
} from './activations/dataset.ts';
export { recordConfigured } from './activations/job.ts';
export { type LiveOptions, openLive } from './activations/live.ts';
export type { LiveSource } from './activations/live-source.ts';
export { type LiveTextOptions, openLiveTexts } from './activations/live-text.ts';
export {
  type ActivationMetadata,
  type Layer,
  metadataHash,
  metadataText,
  readMetadata,
} from './activations/metadata.ts';
export { type Mixing, measureMixing } from './activations/mixing.ts';
export { type LoadedPixels, type RecordOptions, recordActivations } from './activations/record.ts';
export type { RecordSummary } from './activations/record-loop.ts';
export { type RecordTextOptions, recordTexts } from './activations/record-texts.ts';
export type { Scaling } from './activations/scaling.ts';
export { openShardWriter, type ShardWriter } from './activations/shard-writer.ts';
export { findShards, type OpenedSource, openSource } from './activations/source.ts';
export type {
  ActivationBatch,
  ActivationSource,
  BatchOptions,
  TextContexts,
} from './activations/types.ts';
// Backbones: vision transformers with hook points.
export { resolveCheckpoint } from './backbones/checkpoints.ts';
export { type BackboneOptions, openBackbone, VISION_FAMILIES } from './backbones/load.ts';
export type { BackboneConfig, ResolvedCheckpoint } from './backbones/resolved.ts';
export { patchTokens, putTokens, takeTokens } from './backbones/tokens.ts';
export {
  type HookPoint,
  type RunOptions,
  recordedTokens,
  residualHook,
  type Tensor,
  type VisionBackbone,
  type VisionShape,
} from './backbones/types.ts';
// Configuration: files, sweeps.
export { loadConfig, readConfigFile, type Sources } from './base/config/load.ts';
// Ground: errors, log, progress, random numbers.
export { describeError, UserError } from './base/errors.ts';
export { configureLogging } from './base/log.ts';
export { silenceProgress } from './base/progress.ts';
export { Random, type RandomState } from './base/random.ts';
// Kernels: where sparse coders run.
export { type CpuOptions, cpuKernels } from './compute/kernels/cpu.ts';
export { referenceKernels } from './compute/kernels/reference.ts';
export type { BatchSums, DeviceCoder, Kernels } from './compute/kernels/types.ts';
export type { SparseRows } from './compute/sparse-rows.ts';
// Images: datasets, decoding, preprocessing.
export { openAde20k } from './data/ade20k.ts';
export { DatasetConfig, type DatasetConfigInput } from './data/config.ts';
export { openDataset } from './data/datasets.ts';
export { BadImageError, decodeGrey, decodeImage, type GreyImage } from './data/decode.ts';
export { encodeJpeg, encodePng } from './data/encode.ts';
// The hub: files of HuggingFace repositories, in Python's cache.
export {
  type HubFile,
  type HubOptions,
  listHubFiles,
  openHubFile,
  resolveHubFile,
} from './data/hub/client.ts';
export { HubError, type HubFailure } from './data/hub/failures.ts';
export type { HubRepo } from './data/hub/paths.ts';
export { type HubSettings, hubSettings } from './data/hub/settings.ts';
export { openImageFolder } from './data/image-folder.ts';
export type { ImageDataset, ImageEntry, RgbImage } from './data/images.ts';
export { type LoadedImage, type LoadOptions, loadImages } from './data/loading.ts';
export type { Interpolation } from './data/resample-weights.ts';
export { type Raster, type ResizeOptions, resizeRaster } from './data/resize.ts';
export { applyTransform, type ImageTransform, planGeometry } from './data/transform.ts';
// The drawn world: scenes whose concepts are known, pixel by pixel.
export { CONCEPTS, type Concept, patchConcepts } from './data/world/concepts.ts';
export { classMask, drawScene, objectMask } from './data/world/draw.ts';
export { type Scene, sampleScene, type WorldObject } from './data/world/scene.ts';
export { type World, type WorldOptions, writeWorld } from './data/world/write.ts';
// Formats: bytes in, values out. Nothing in a file is ever executed.
export { readNpy, writeNpy } from './formats/npy.ts';
export { type CsrMatrix, openNpz, readCsrNpz, writeCsrNpz, writeNpz } from './formats/npz.ts';
export {
  openSafetensors,
  type SafetensorsFile,
  type TensorEntry,
  type TensorReader,
  type TensorToWrite,
  writeSafetensors,
} from './formats/safetensors.ts';
export { openSafetensorsModel } from './formats/safetensors-model.ts';
export type { Dtype, TypedArray, TypedTensor } from './formats/tensor.ts';
export { createEventFile, type EventWriter, readEventFile } from './formats/tfevents.ts';
export { readTorch, torchToSafetensors } from './formats/torch-file.ts';
export { type TorchValue, writeTorchFile } from './formats/torch-write.ts';
// Sparse coders: checkpoints of every format, encoding and decoding, a training step.
export {
  CHECKPOINT_FORMATS,
  type CheckpointDescription,
  describeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './sae/checkpoints/checkpoints.ts';
export type { CheckpointFormatName } from './sae/checkpoints/format.ts';
export type { Activation, CoderConfig, CoderWeights, Encoder, SparseCoder } from './sae/coder.ts';
export { decode } from './sae/decode.ts';
export { type Coder, type EncoderOptions, openEncoder } from './sae/encoder.ts';
export { resolveSae } from './sae/hub.ts';
export { type InitOptions, initWeights } from './sae/init.ts';
export { createLearner, type Learner, type LearnerOptions, type Losses } from './sae/learner.ts';
export { denormalizeOutputs, normalizeInputs } from './sae/normalization.ts';
export { openCoder } from './sae/open-coder.ts';
export { TrainConfig, type TrainConfigInput } from './training/config.ts';
// Training and evaluation, on any source of activations.
export { type Evaluated, type Evaluation, evaluate } from './training/evaluate.ts';
export type { TrainedRun } from './training/finish.ts';
export { trainGroup } from './training/group.ts';
export type { GroupOptions } from './training/members.ts';
export { type TrainOptions, trainRuns } from './training/run.ts';
export { type RunRecord, readRunRecord } from './training/run-directory.ts';
export { expand, type Grid, grid, splitConfigs } from './training/sweep.ts';
// Visuals: what each latent responds to.
export { type Collected, type CollectOptions, collectFeatures } from './visuals/collector.ts';
export {
  type CodedTokens,
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './visuals/concepts.ts';
export { VisualsConfig, type VisualsConfigInput } from './visuals/config.ts';
export { type FeatureFile, openFeatureFile, writeFeatureFile } from './visuals/feature-file.ts';
export { distributionsFigure, frequencyValueFigure, svgToPng } from './visuals/figures.ts';
export { addHighlights, type HighlightOptions } from './visuals/heatmap.ts';
export { type PageOptions, type PageSummary, writePage } from './visuals/page.ts';
export type { ConceptMatch } from './visuals/page-data.ts';
export { makeVisuals, type VisualsOptions, type VisualsSummary } from './visuals/run.ts';
export type { TopExample } from './visuals/top-examples.ts';
