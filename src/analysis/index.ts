// What features of language read and write: tokens, heads, earlier features; and how dictionaries agree.

export type { Alignment } from './alignment.ts';
export {
  type DeembeddingOptions,
  deembed,
  type FeatureDeembedding,
  featureDeembeddings,
} from './deembeddings.ts';
export { type Extremes, extremes, type Histogram, type Ranked } from './extremes.ts';
export {
  type FeatureHeads,
  type FeatureHeadsOptions,
  featureHeads,
  type HeadDeembedding,
} from './head-deembeddings.ts';
export { type HeadIndex, headNorms, topHeads } from './heads.ts';
export { type FeatureLogits, featureLogits, type LogitOptions } from './logits.ts';
export { type Agreement, agreementOf, type NamedCoder } from './matching/agreement.ts';
export { assignRows } from './matching/assignment.ts';
export {
  type Directions,
  type Matching,
  MOST_COSINES,
  matchFeatures,
} from './matching/match.ts';
export {
  type FeaturePullback,
  featurePullbacks,
  type PullbackOptions,
  pullback,
} from './pullbacks.ts';
export {
  type ScoreBand,
  type ScoreSample,
  samplePercentiles,
  sampleUniform,
  type UniformSampleOptions,
  uniformBands,
} from './score-samples.ts';
export {
  decoderProbe,
  encoderProbe,
  type FeatureSite,
  featureScores,
  firingFrequency,
  type Probe,
  probeScores,
  promptCodes,
  type ScoreOptions,
  type ScoreTable,
} from './scores.ts';
