// Backbones: vision transformers and language models with hook points.

export { blocksUpTo, type HookPoint, hook, parseHook, residualHook } from './hook-points.ts';
export { LANGUAGE_FAMILIES } from './language/families/registry.ts';
export type { LanguageFamily } from './language/family.ts';
export type { LanguageConfig } from './language/model-config.ts';
export {
  type LanguageModel,
  type LanguageOptions,
  loadTokenizerOf,
  openLanguageModel,
  type ResolvedLanguageModel,
  resolveLanguageModel,
} from './language/open.ts';
export type {
  GenerateOptions,
  Intervention,
  LanguageBackbone,
  LanguageLoss,
  LanguageRunOptions,
  RecordOptions as LanguageRecordOptions,
} from './language/types.ts';
export type { LanguageMatrices } from './language/weights/matrices.ts';
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
export type { CheckpointConfig, ResolvedVisionModel } from './vision/types.ts';
export type { VisionParts } from './vision/vision-graph.ts';
