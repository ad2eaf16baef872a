// What features of language read and write: tokens, heads, earlier features.

export { deembed, featureDeembeddings } from './deembeddings.ts';
export { headNorms, topHeads } from './heads.ts';
export { featureLogits } from './logits.ts';
export { featurePullbacks, pullback } from './pullbacks.ts';
export {
  type ScoreBand,
  type ScoreSample,
  samplePercentiles,
  sampleUniform,
  type UniformSampleOptions,
  uniformBands,
} from './score-samples.ts';
export { featureScores, promptCodes } from './scores.ts';
