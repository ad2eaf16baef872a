// Studies: what features are good for, measured on labels.

export {
  type CodeChange,
  type CodeChanges,
  changeCodes,
  checkEditable,
  codeOf,
  type EditingCoder,
} from './editing/change-codes.ts';
export { type CleanRun, type EditPlace, runClean, runEdited } from './editing/edited-run.ts';
export { addVectors, randomUnitVectors } from './editing/vectors.ts';
export { InferConfig, type InferConfigInput } from './inference/config.ts';
export { type InferOptions, type InferSummary, infer } from './inference/infer.ts';
export type { InferenceMetrics } from './inference/metrics.ts';
export { readMetrics } from './inference/metrics-file.ts';
export { type CodedRows, openTokenActs, type TokenActs } from './inference/token-acts.ts';
export {
  type ClassMap,
  type SegmentedImages,
  seenClassMap,
  segmentedImages,
} from './labels/class-maps.ts';
export { checkSameExamples, exampleLabels, type Labels, tokenLabels } from './labels/labels.ts';
export {
  type PatchGeometry,
  patchGeometry,
  patchGeometryOfShards,
  squashed,
} from './labels/patch-geometry.ts';
export {
  type ConfidenceOptions,
  confidentLabels,
  labelPatches,
  type PatchLabels,
  patchLabels,
} from './labels/patch-labels.ts';
export type { HeadRates } from './probes/adamw.ts';
export type { EpochReport } from './probes/epoch-report.ts';
export {
  activationFeatures,
  codeFeatures,
  type DenseRows,
  type FeatureMap,
  type Features,
} from './probes/features.ts';
export {
  headFile,
  headFolder,
  latestHead,
  readHead,
  writeHead,
  writeHeadFolder,
} from './probes/head-files.ts';
export { initHead, type LinearHead } from './probes/linear-head.ts';
export {
  type HeadMeasure,
  type HeadScores,
  type MeasureOptions,
  measureHeads,
  openHeads,
} from './probes/measure-heads.ts';
export {
  type ProbeOptions,
  sweepRates,
  type TrainedProbes,
  trainProbes,
} from './probes/train-probes.ts';
export {
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './scoring/concepts.ts';
export type { CodedTokens } from './scoring/counts.ts';
