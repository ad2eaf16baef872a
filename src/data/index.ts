// Data: sets of images and texts, decoding and resizing, tokenizers and contexts, the worlds.

export { openAde20k } from './datasets/ade20k.ts';
export { DatasetConfig, type DatasetConfigInput } from './datasets/config.ts';
export { openImageFolder } from './datasets/image-folder.ts';
export {
  OBJECT_INFO,
  type ObjectInfo,
  objectInfoText,
  readClassNames,
  UNLABELLED,
} from './datasets/object-info.ts';
export { openDataset } from './datasets/open-dataset.ts';
export { recordedDataset } from './datasets/recorded-dataset.ts';
export {
  type DownloadedFile,
  type DownloadedSet,
  type DownloadOptions,
  downloadLabelledSet,
} from './downloads/download.ts';
export type { LabelledSetName } from './downloads/sets/registry.ts';
export type { DataOrigin } from './files/data-origin.ts';
export { decodeClassMap } from './images/class-map.ts';
export {
  BadImageError,
  type DecodeOptions,
  decodeGrey,
  decodeImage,
  type GreyImage,
} from './images/decode.ts';
export type { Pixels } from './images/encode.ts';
export { encodeJpeg, encodePng } from './images/encode.ts';
export type { ImageDataset, ImageEntry, RgbImage } from './images/images.ts';
export { type LoadedImage, type LoadOptions, loadImages } from './images/loading.ts';
export type { Interpolation } from './images/resample-weights.ts';
export type { Region } from './images/resize.ts';
export { type Raster, type ResizeOptions, resizeRaster } from './images/resize.ts';
export type { Geometry, ImageSize, ResizeRule } from './images/transform.ts';
export { applyTransform, type ImageTransform, planGeometry } from './images/transform.ts';
export { TextConfig, type TextConfigInput } from './texts/config.ts';
export { loadTokenizer } from './texts/load-tokenizer.ts';
export type { Context, ContextPosition, Span } from './texts/packing/context.ts';
export {
  type ContextOptions,
  FIRST_CONTEXT,
  type Packing,
  readContexts,
} from './texts/packing/contexts.ts';
export { newTally, type PackingTally, tallyText } from './texts/packing/tally.ts';
export type { ReadOptions, TextDocument, TextSource } from './texts/sources/documents.ts';
export { openTexts } from './texts/sources/open-texts.ts';
export type { EncodeOptions, Tokenizer } from './texts/tokenizer.ts';
export type { Oklch } from './worlds/images/colours.ts';
export { CONCEPTS, type Concept, patchConcepts } from './worlds/images/concepts.ts';
export { classMask, drawScene, objectMask } from './worlds/images/draw.ts';
export { type Scene, sampleScene, type WorldObject } from './worlds/images/scene.ts';
export { type World, type WorldOptions, writeWorld } from './worlds/images/write.ts';
export { sampleDocument, type WorldDocument } from './worlds/language/document.ts';
export type { Decision, Word } from './worlds/language/words.ts';
export { lawOf, WorldConfig } from './worlds/synthetic/config.ts';
export type { FeatureTree, Forest } from './worlds/synthetic/forest.ts';
export {
  type FiringLaw,
  type ForestLaw,
  type MagnitudeLaw,
  SYNTH_SAE_BENCH,
  type WorldLaw,
} from './worlds/synthetic/law.ts';
export { openWorld } from './worlds/synthetic/open-world.ts';
export { type DrawnBlock, type RowDrawer, rowDrawer } from './worlds/synthetic/rows.ts';
export { makeWorld, type SharedFactors, type SyntheticWorld } from './worlds/synthetic/world.ts';
export { readWorld, writeWorldFiles } from './worlds/synthetic/world-files.ts';
