// Backbones: vision transformers and language models with hook points.

export { blocksUpTo, type HookPoint, hook, parseHook, residualHook } from './hook-points.ts';
export type { LanguageConfig } from './language/model-config.ts';
export {
  type OpenLanguageOptions,
  openLanguageModel,
  openTokenizerOf,
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
  type VisionShape,
} from './types.ts';
export {
  type BackboneOptions,
  openBackbone,
  resolveCheckpoint,
  VISION_FAMILIES,
} from './vision/open.ts';
export { patchTokens, putTokens, takeTokens } from './vision/tokens.ts';
export type { BackboneConfig, ResolvedCheckpoint } from './vision/types.ts';
