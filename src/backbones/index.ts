// Backbones: vision transformers and language models with hook points.

export type {
  Attribute,
  ConstantData,
  DataType,
  Dim,
  FileRange,
  Node,
  Operation,
  Shape,
  Value,
} from '../compute/onnx/graph.ts';
export type { Activation } from './block/activation.ts';
export type { Attention } from './block/attention-parts.ts';
export type { Block } from './block/block.ts';
export type { Linear } from './block/linear.ts';
export type { GatedMlp, Mlp, PlainMlp } from './block/mlp.ts';
export type { Norm } from './block/norm.ts';
export type { BlockHook } from './hook-points.ts';
export { blocksUpTo, type HookPoint, hook, parseHook, residualHook } from './hook-points.ts';
export { LANGUAGE_FAMILIES } from './language/families/registry.ts';
export type { ConfigJson, LanguageFamily } from './language/family.ts';
export type { LanguageParts } from './language/graph/language.ts';
export type { LanguageActivation, LanguageConfig } from './language/model-config.ts';
export { type LanguageModel, type LanguageOptions, openLanguageModel } from './language/open.ts';
export {
  loadTokenizerOf,
  type ResolvedLanguageModel,
  type ResolveOptions,
  resolveLanguageModel,
} from './language/resolve.ts';
export type {
  GenerateOptions,
  HookContext,
  Intervention,
  LanguageBackbone,
  LanguageLoss,
  LanguageRunOptions,
  RecordOptions as LanguageRecordOptions,
  Tokens,
} from './language/types.ts';
export type { LanguageMatrices } from './language/weights/matrices.ts';
export type { ProcessingOptions } from './language/weights/processing.ts';
export type { LensTensors } from './language/weights/tensors.ts';
export type { FoundTexts, TextTowerConfig, TokenizerPlace } from './text-tower/config.ts';
export type { EmbeddedTexts, ModelOutput, TextTower } from './text-tower/types.ts';
export {
  type RunOptions,
  recordedTokens,
  type Tensor,
  type VisionBackbone,
  type VisionConfig,
} from './types.ts';
export { VISION_FAMILIES, type VisionFamilyName } from './vision/families/registry.ts';
export type { VisionFamily } from './vision/family.ts';
export {
  openVisionModel,
  resolveVisionModel,
  type VisionModelName,
  type VisionOptions,
} from './vision/open.ts';
export { openClipNames } from './vision/open-clip/open-clip.ts';
export { patchTokens, putTokens, takeTokens } from './vision/tokens.ts';
export type { CheckpointConfig, FoundWeights, ResolvedVisionModel } from './vision/types.ts';
export type { VisionParts } from './vision/vision-graph.ts';
export type { WeightFile, Weights } from './weights.ts';
