// Sparse coders: checkpoints of every format, encoding and decoding, a training step.

export type {
  GateRule,
  LearntThreshold,
  SparsityTerms,
  ThresholdStart,
} from './activation-functions/activation-function.ts';
export type { Activation, ActivationChoice } from './activation-functions/registry.ts';
export type { ResolvedActivation } from './activation-functions/resolve.ts';
export type { CheckpointFiles, CheckpointHints } from './checkpoints/checkpoint-files.ts';
export type { CheckpointFormat, OpenCheckpoint, TensorSummary } from './checkpoints/format.ts';
export { readCoder, resolveSae } from './checkpoints/read-coder.ts';
export {
  CHECKPOINT_FORMATS,
  type CheckpointDescription,
  type CheckpointFormatName,
  describeCheckpoint,
  formatForName,
  type ReadCheckpointOptions,
  readCheckpoint,
  type WriteCheckpointOptions,
  writeCheckpoint,
} from './checkpoints/registry.ts';
export { transcoderCircuitsName } from './checkpoints/transcoder-circuits.ts';
export {
  type CoderConfig,
  type CoderPlace,
  type CoderWeights,
  type InputNormalization,
  isTranscoder,
  type SparseCoder,
} from './coder.ts';
export { decode } from './decode.ts';
export { hookPointsOf } from './hook-points.ts';
export type { AnnealPlan, AnnealState } from './learning/annealing.ts';
export type { AuxOptions, AuxRuleName } from './learning/auxk.ts';
export { geometricMedian, type MedianOptions } from './learning/geometric-median.ts';
export type { InitialWeights, StartRows } from './learning/init.ts';
export { type InitOptions, initWeights } from './learning/init.ts';
export { createLearner, type Learner } from './learning/learner.ts';
export type { LearnerOptions, StepRates } from './learning/learner-options.ts';
export type { LearnerState } from './learning/learner-state.ts';
export type { ErrorScale, SparseConnection } from './learning/loss-terms.ts';
export type { Losses } from './learning/losses.ts';
export type { Objective } from './learning/objectives/objective.ts';
export type { OBJECTIVES, ObjectiveChoice } from './learning/objectives/registry.ts';
export type { ResampleOptions, ResampleRows, ResamplingMethod } from './learning/resampling.ts';
export { liveFeatures, readLogSparsity } from './log-sparsity.ts';
export type { Normalized } from './normalization.ts';
export {
  denormalizeOutputs,
  estimateNormalization,
  normalizeInputs,
  withNormalization,
} from './normalization.ts';
export { type Coder, type CoderOptions, type CodesAndSums, openCoder } from './open-coder.ts';
