// saev: find and explore the features inside vision and language transformers.
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
export { recordConfigured } from './activations/job.ts';
export { type LiveOptions, openLive } from './activations/live/live-images.ts';
export type { LiveSource } from './activations/live/live-source.ts';
export { type LiveTextOptions, openLiveTexts } from './activations/live/live-texts.ts';
export { type Mixing, measureMixing } from './activations/reading/mixing.ts';
export type { Scaling } from './activations/reading/scaling.ts';
export {
  openActivations,
  type ReadOptions,
  type ShardSource,
} from './activations/reading/shard-source.ts';
export {
  type LoadedPixels,
  type RecordOptions,
  recordActivations,
} from './activations/recording/record-images.ts';

export type { RecordSummary } from './activations/recording/record-loop.ts';
export { type RecordTextOptions, recordTexts } from './activations/recording/record-texts.ts';
export {
  type ActivationMetadata,
  type Layer,
  metadataHash,
  metadataText,
  readMetadata,
} from './activations/shards/metadata.ts';
export { openShardWriter, type ShardWriter } from './activations/shards/shard-writer.ts';
export { findShards, type OpenedSource, openSource } from './activations/source.ts';
export type {
  ActivationBatch,
  ActivationRow,
  ActivationSource,
  BatchOptions,
  TextContexts,
} from './activations/types.ts';
// What features of language read and write: tokens, heads, earlier features.
export { deembed, featureDeembeddings } from './analysis/deembeddings.ts';
export { headNorms, topHeads } from './analysis/heads.ts';
export { featureLogits } from './analysis/logits.ts';
export { featurePullbacks, pullback } from './analysis/pullbacks.ts';
export { featureScores, promptCodes } from './analysis/scores.ts';
export type { LanguageConfig } from './backbones/language/model-config.ts';
// Language models: hook points, interventions, generation, weights as matrices.
export {
  type OpenLanguageOptions,
  openLanguageModel,
  openTokenizerOf,
  type ResolvedLanguageModel,
  resolveLanguageModel,
} from './backbones/language/open.ts';
export type {
  GenerateOptions,
  Intervention,
  LanguageBackbone,
  LanguageLoss,
  LanguageRunOptions,
  RecordOptions as LanguageRecordOptions,
} from './backbones/language/types.ts';

export type { LanguageMatrices } from './backbones/language/weights/matrices.ts';
export {
  type HookPoint,
  type RunOptions,
  recordedTokens,
  residualHook,
  type Tensor,
  type VisionBackbone,
  type VisionShape,
} from './backbones/types.ts';
// Backbones: vision transformers with hook points.
export {
  type BackboneOptions,
  openBackbone,
  resolveCheckpoint,
  VISION_FAMILIES,
} from './backbones/vision/open.ts';
export { patchTokens, putTokens, takeTokens } from './backbones/vision/tokens.ts';
export type { BackboneConfig, ResolvedCheckpoint } from './backbones/vision/types.ts';
// Configuration: files, sweeps.
export { loadConfig, readConfigFile, type Sources } from './base/config/load.ts';
// Ground: errors, log, progress, random numbers.
export { describeError, UserError } from './base/errors.ts';
export { configureLogging } from './base/log.ts';
export { silenceProgress } from './base/progress.ts';
export { Random, type RandomState } from './base/random.ts';
export { type AttributeOptions, attribute } from './circuits/attribution/attribute.ts';
export { type PromptState, promptState } from './circuits/attribution/prompt-state.ts';
export { type PruneOptions, pruneGraph } from './circuits/attribution/prune.ts';
export { type Root, rootTargets } from './circuits/attribution/targets.ts';
export { CircuitsConfig } from './circuits/config.ts';
export type { ExactGraph, GraphEdge, GraphNode } from './circuits/graph/graph.ts';
export { type GraphJson, graphJson } from './circuits/graph/graph-json.ts';
export { graphFigure } from './circuits/output/figure.ts';
export { writeCircuitPage } from './circuits/output/page.ts';
export { printedPaths } from './circuits/paths/components.ts';
export { withErrorNodes } from './circuits/paths/error-nodes.ts';
export { type FeatureFilter, pathsThatMatch } from './circuits/paths/filters.ts';
export { meanInputTimesGradient } from './circuits/paths/mean-ixg.ts';
export { graphOfPaths, type PathGraph, sumOverTokens } from './circuits/paths/path-graph.ts';
export { type PathOptions, topPaths } from './circuits/paths/paths.ts';
// Circuits: transcoders in place of MLPs, paths and graphs of features.
export {
  type CircuitPrompt,
  openCircuitPrompt,
} from './circuits/paths/prompt.ts';
export { coderFeature, logitFeature, placedCoder } from './circuits/paths/roots.ts';
export { ReplacementConfig, type ReplacementConfigInput } from './circuits/replacement/config.ts';
export { measureConfigured, type ReplacementSummary } from './circuits/replacement/job.ts';
export { klDivergences, measureReplacement } from './circuits/replacement/measure.ts';
export { type Replacement, withReplacement } from './circuits/replacement/replacement.ts';
export { type TracedCircuit, traceCircuit } from './circuits/trace.ts';
export {
  openTranscoders,
  type Transcoder,
  type TranscoderOptions,
  type TranscoderSet,
} from './circuits/transcoders.ts';
// Kernels: where sparse coders run.
export { type CpuOptions, cpuKernels } from './compute/kernels/cpu/kernels.ts';
export { referenceKernels } from './compute/kernels/reference/kernels.ts';
export type { BatchSums, DeviceCoder, Kernels } from './compute/kernels/types.ts';
export type { SparseRows } from './compute/sparse-rows.ts';
// Images: datasets, decoding, preprocessing.
export { openAde20k } from './data/datasets/ade20k.ts';
export { DatasetConfig, type DatasetConfigInput } from './data/datasets/config.ts';
export { openDataset } from './data/datasets/datasets.ts';
export { openImageFolder } from './data/datasets/image-folder.ts';
export { BadImageError, decodeGrey, decodeImage, type GreyImage } from './data/images/decode.ts';
export { encodeJpeg, encodePng } from './data/images/encode.ts';
export type { ImageDataset, ImageEntry, RgbImage } from './data/images/images.ts';
export { type LoadedImage, type LoadOptions, loadImages } from './data/images/loading.ts';
export type { Interpolation } from './data/images/resample-weights.ts';
export { type Raster, type ResizeOptions, resizeRaster } from './data/images/resize.ts';
export { applyTransform, type ImageTransform, planGeometry } from './data/images/transform.ts';
// Texts: tokenizers, sets of documents, contexts.
export { TextConfig, type TextConfigInput } from './data/texts/config.ts';
export type { Context } from './data/texts/packing/context.ts';
export {
  type ContextOptions,
  type Packing,
  readContexts,
} from './data/texts/packing/contexts.ts';

export type { TextDocument, TextSource } from './data/texts/sources/documents.ts';
export { openTexts } from './data/texts/sources/open-texts.ts';
export { loadTokenizer, type Tokenizer } from './data/texts/tokenizer.ts';
// The drawn world: scenes whose concepts are known, pixel by pixel.
export { CONCEPTS, type Concept, patchConcepts } from './data/worlds/images/concepts.ts';
export { classMask, drawScene, objectMask } from './data/worlds/images/draw.ts';
export { type Scene, sampleScene, type WorldObject } from './data/worlds/images/scene.ts';
export { type World, type WorldOptions, writeWorld } from './data/worlds/images/write.ts';
// The embedded language: texts whose structure is known, word by word.
export { sampleDocument, type WorldDocument } from './data/worlds/language/document.ts';
// Formats: bytes in, values out. Nothing in a file is ever executed.
export { readNpy, writeNpy } from './formats/numpy/npy.ts';
export { type CsrMatrix, openNpz, readCsrNpz, writeCsrNpz, writeNpz } from './formats/numpy/npz.ts';
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
export { readTorch, torchToSafetensors } from './formats/torch/torch-file.ts';
export { type TorchValue, writeTorchFile } from './formats/torch/torch-write.ts';
export type { HubRepo } from './hub/cache-paths.ts';
// The hub: files of HuggingFace repositories, in Python's cache.
export {
  type HubFile,
  type HubOptions,
  listHubFiles,
  openHubFile,
  resolveHubFile,
} from './hub/client.ts';
export { HubError, type HubFailure } from './hub/failures.ts';
export { type HubSettings, hubSettings } from './hub/settings.ts';
export type { ConceptMatch } from './pages/feature-page.ts';
export { svgToPng } from './pages/svg.ts';
export type { CheckpointFormatName } from './sae/checkpoints/format.ts';
export { openCoder, resolveSae } from './sae/checkpoints/open-coder.ts';
// Sparse coders: checkpoints of every format, encoding and decoding, a training step.
export {
  CHECKPOINT_FORMATS,
  type CheckpointDescription,
  describeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './sae/checkpoints/registry.ts';

export type { Activation, CoderConfig, CoderWeights, Encoder, SparseCoder } from './sae/coder.ts';
export { decode } from './sae/decode.ts';
export { type Coder, type EncoderOptions, openEncoder } from './sae/encoder.ts';
export { type CoderHookPoints, hookPointsOf } from './sae/hook-points.ts';
export { geometricMedian, type MedianOptions } from './sae/learning/geometric-median.ts';
export { type InitOptions, initWeights } from './sae/learning/init.ts';
export {
  createLearner,
  type Learner,
  type LearnerOptions,
  type Losses,
} from './sae/learning/learner.ts';
export { denormalizeOutputs, normalizeInputs } from './sae/normalization.ts';
export { TrainConfig, type TrainConfigInput } from './training/config/config.ts';
export { expand, type Grid, grid, splitConfigs } from './training/config/sweep.ts';
// Training and evaluation, on any source of activations.
export { type Evaluated, type Evaluation, evaluate } from './training/evaluation/evaluate.ts';
// What a coder costs its language model.
export {
  evaluateLanguage,
  type LanguageEvaluation,
} from './training/evaluation/language-evaluation.ts';
export { openPlacedCoder } from './training/evaluation/placed-coder.ts';
export type { CoderPlace, PlacedCoder } from './training/evaluation/substitution.ts';
export {
  openModelOfRows,
  placeOf,
  readTokens,
  type TextModelOfRows,
} from './training/evaluation/texts.ts';
export { readLogSparsity } from './training/group/coder-files.ts';
export type { TrainedRun } from './training/group/finish.ts';
export { trainGroup } from './training/group/group.ts';
export type { GroupOptions } from './training/group/members.ts';
export { type TrainOptions, trainRuns } from './training/run.ts';
export { type RunRecord, readRunRecord } from './training/runs/run-directory.ts';
// Visuals: what each latent responds to.
export {
  type Collected,
  type CollectOptions,
  collectFeatures,
} from './visuals/collecting/collector.ts';

export type { TopExample } from './visuals/collecting/top-examples.ts';
export {
  type CodedTokens,
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './visuals/concepts.ts';
export { VisualsConfig, type VisualsConfigInput } from './visuals/config.ts';
export {
  type FeatureFile,
  openFeatureFile,
  writeFeatureFile,
} from './visuals/feature-file/feature-file.ts';
export { distributionsFigure, frequencyValueFigure } from './visuals/figures.ts';
export { addHighlights, type HighlightOptions } from './visuals/images/heatmap.ts';
export { type ImagePageOptions, imagePresenter } from './visuals/images/page-images.ts';
export { type PageOptions, type PageSummary, writePage } from './visuals/page/page.ts';
export type { PagePresenter } from './visuals/page/page-presenter.ts';
export { makeVisuals, type VisualsOptions, type VisualsSummary } from './visuals/run.ts';
