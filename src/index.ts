// saev: find and explore the features inside vision and language transformers.
//
// What most programs need, in the order in which data flows. Each floor has a table of contents of its own, with
// everything that it offers: `saev/formats`, `saev/data` and so on (docs/library.md). Nothing native (onnxruntime, sharp,
// a BLAS) is loaded before it is used.

// Jobs: what the commands do, from their settings.

export { ActivationsConfig } from './activations/config.ts';
export { record } from './activations/job.ts';
export { CircuitsConfig } from './circuits/config.ts';
export { ReplacementConfig } from './circuits/replacement/config.ts';
export { replace } from './circuits/replacement/replace.ts';
export { trace } from './circuits/trace.ts';
export { grid } from './training/config/sweep.ts';
export { TrainConfig } from './training/config/train-config.ts';
export { train } from './training/train.ts';
export { VisualsConfig } from './visuals/config.ts';
export { visualize } from './visuals/visualize.ts';

// Data: images and texts.

export { openDataset } from './data/datasets/open-dataset.ts';
export { type DecodeOptions, decodeImage } from './data/images/decode.ts';
export { openTexts } from './data/texts/sources/open-texts.ts';

// Models with hook points.

export { openLanguageModel } from './backbones/language/open.ts';
export type { LanguageBackbone } from './backbones/language/types.ts';
export type { VisionBackbone } from './backbones/types.ts';
export { openVisionModel } from './backbones/vision/open.ts';
export { patchTokens, takeTokens } from './backbones/vision/tokens.ts';

// Activations: rows that can be read again and again.

export { findShards } from './activations/find-shards.ts';
export { openActivations } from './activations/reading/shard-source.ts';
export type { ActivationSource } from './activations/types.ts';

// Coders, read from any format, at work, measured.

export type { SparseRows } from './compute/sparse-rows.ts';
export { readCoder } from './sae/checkpoints/read-coder.ts';
export { writeCheckpoint } from './sae/checkpoints/registry.ts';
export type { SparseCoder } from './sae/coder.ts';
export { type Coder, openCoder } from './sae/open-coder.ts';
export { evaluate } from './training/evaluation/evaluate.ts';

// Errors and what is said on the way.

export { UserError } from './base/errors.ts';
export { configureLogging } from './base/log.ts';
export { silenceProgress } from './base/progress.ts';
