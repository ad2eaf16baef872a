// Sparse coders: checkpoints of every format, encoding and decoding, a training step.

export type { Activation } from './activation-functions/registry.ts';
export type { CheckpointFormat, OpenCheckpoint } from './checkpoints/format.ts';
export { readCoder, resolveSae } from './checkpoints/read-coder.ts';
export {
  CHECKPOINT_FORMATS,
  type CheckpointDescription,
  type CheckpointFormatName,
  describeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoints/registry.ts';
export {
  type CoderConfig,
  type CoderPlace,
  type CoderWeights,
  isTranscoder,
  type SparseCoder,
} from './coder.ts';
export { decode } from './decode.ts';
export { hookPointsOf } from './hook-points.ts';
export { geometricMedian, type MedianOptions } from './learning/geometric-median.ts';
export { type InitOptions, initWeights } from './learning/init.ts';
export {
  createLearner,
  type Learner,
  type LearnerOptions,
  type Losses,
} from './learning/learner.ts';
export { denormalizeOutputs, normalizeInputs } from './normalization.ts';
export { type Coder, type CoderOptions, type CodesAndSums, openCoder } from './open-coder.ts';
