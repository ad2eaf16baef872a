// Studies: what features are good for, measured on labels.

export { checkSameExamples, exampleLabels, type Labels, tokenLabels } from './labels/labels.ts';
export {
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './scoring/concepts.ts';
export type { CodedTokens } from './scoring/counts.ts';
