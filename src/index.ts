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
// Language models: hook points, interventions, generation, weights as matrices.
export {
  type ResolvedLanguageModel,
  resolveLanguageModel,
} from './backbones/language/checkpoints.ts';
export { type OpenLanguageOptions, openLanguageModel } from './backbones/language/load.ts';
export type { LanguageMatrices } from './backbones/language/matrices.ts';
export { openTokenizerOf } from './backbones/language/tokenizer.ts';
export type {
  GenerateOptions,
  Intervention,
  LanguageBackbone,
  LanguageConfig,
  LanguageLoss,
  LanguageRunOptions,
  RecordOptions as LanguageRecordOptions,
} from './backbones/language/types.ts';
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
export { printedPaths } from './circuits/compatible/components.ts';
export { withErrorNodes } from './circuits/compatible/error-nodes.ts';
export { type FeatureFilter, pathsThatMatch } from './circuits/compatible/filters.ts';
export { graphOfPaths, type PathGraph, sumOverTokens } from './circuits/compatible/graph.ts';
export { meanInputTimesGradient } from './circuits/compatible/mean-ixg.ts';
export { type PathOptions, topPaths } from './circuits/compatible/paths.ts';
// Circuits: transcoders in place of MLPs, paths and graphs of features.
export {
  type CircuitPrompt,
  openCircuitPrompt,
} from './circuits/compatible/prompt.ts';
export { coderFeature, logitFeature, placedCoder } from './circuits/compatible/roots.ts';
export { CircuitsConfig } from './circuits/config.ts';
export { type AttributeOptions, attribute } from './circuits/exact/attribute.ts';
export type { ExactGraph, GraphEdge, GraphNode } from './circuits/exact/graph.ts';
export { type PromptState, promptState } from './circuits/exact/prompt-state.ts';
export { type PruneOptions, pruneGraph } from './circuits/exact/prune.ts';
export { type Root, rootTargets } from './circuits/exact/targets.ts';
export { graphFigure } from './circuits/figure.ts';
export { type GraphJson, graphJson } from './circuits/graph-json.ts';
export { writeCircuitPage } from './circuits/page.ts';
export { type Replacement, withReplacement } from './circuits/replacement.ts';
export { ReplacementConfig, type ReplacementConfigInput } from './circuits/replacement-config.ts';
export { measureConfigured, type ReplacementSummary } from './circuits/replacement-job.ts';
export { klDivergences, measureReplacement } from './circuits/replacement-table.ts';
export { type TracedCircuit, traceCircuit } from './circuits/trace.ts';
export {
  openTranscoders,
  type Transcoder,
  type TranscoderOptions,
  type TranscoderSet,
} from './circuits/transcoders.ts';
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
// The embedded language: texts whose structure is known, word by word.
export { sampleDocument, type WorldDocument } from './data/language-world/document.ts';
export { type LoadedImage, type LoadOptions, loadImages } from './data/loading.ts';
export type { Interpolation } from './data/resample-weights.ts';
export { type Raster, type ResizeOptions, resizeRaster } from './data/resize.ts';
// Texts: tokenizers, sets of documents, contexts.
export { TextConfig, type TextConfigInput } from './data/text/config.ts';
export {
  type Context,
  type ContextOptions,
  type Packing,
  readContexts,
} from './data/text/contexts.ts';
export type { TextDocument, TextSource } from './data/text/documents.ts';
export { openTexts } from './data/text/open-texts.ts';
export { loadTokenizer, type Tokenizer } from './data/text/tokenizer.ts';
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
export { geometricMedian, type MedianOptions } from './sae/geometric-median.ts';
export { type CoderHookPoints, hookPointsOf } from './sae/hook-points.ts';
export { resolveSae } from './sae/hub.ts';
export { type InitOptions, initWeights } from './sae/init.ts';
export { createLearner, type Learner, type LearnerOptions, type Losses } from './sae/learner.ts';
export { denormalizeOutputs, normalizeInputs } from './sae/normalization.ts';
export { openCoder } from './sae/open-coder.ts';
export { readLogSparsity } from './training/coder-files.ts';
export { TrainConfig, type TrainConfigInput } from './training/config.ts';
// Training and evaluation, on any source of activations.
export { type Evaluated, type Evaluation, evaluate } from './training/evaluate.ts';
export type { TrainedRun } from './training/finish.ts';
export { trainGroup } from './training/group.ts';
// What a coder costs its language model.
export { evaluateLanguage, type LanguageEvaluation } from './training/language-evaluation.ts';
export type { GroupOptions } from './training/members.ts';
export { openPlacedCoder } from './training/placed-coder.ts';
export { type TrainOptions, trainRuns } from './training/run.ts';
export { type RunRecord, readRunRecord } from './training/run-directory.ts';
export type { CoderPlace, PlacedCoder } from './training/substitution.ts';
export { expand, type Grid, grid, splitConfigs } from './training/sweep.ts';
export { openModelOfRows, placeOf, readTokens, type TextModelOfRows } from './training/texts.ts';
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
// What features of language read and write: tokens, heads, earlier features.
export { deembed, featureDeembeddings } from './visuals/language/deembeddings.ts';
export { headNorms, topHeads } from './visuals/language/heads.ts';
export { featureLogits } from './visuals/language/logits.ts';
export { featurePullbacks, pullback } from './visuals/language/pullbacks.ts';
export { featureScores, promptCodes } from './visuals/language/scores.ts';
export { type PageOptions, type PageSummary, writePage } from './visuals/page.ts';
export type { ConceptMatch } from './visuals/page-data.ts';
export { type ImagePageOptions, imagePresenter } from './visuals/page-images.ts';
export type { PagePresenter } from './visuals/page-presenter.ts';
export { makeVisuals, type VisualsOptions, type VisualsSummary } from './visuals/run.ts';
export type { TopExample } from './visuals/top-examples.ts';
