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
export {
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './scoring/concepts.ts';
export type { CodedTokens } from './scoring/counts.ts';
