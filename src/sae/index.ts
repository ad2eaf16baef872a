// Sparse coders: checkpoints of every format, encoding and decoding, a training step.

export type { Activation } from './activation-functions/registry.ts';
export type { CheckpointFormatName } from './checkpoints/format.ts';
export { openCoder, resolveSae } from './checkpoints/open-coder.ts';
export {
  CHECKPOINT_FORMATS,
  type CheckpointDescription,
  describeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoints/registry.ts';
export type { CoderConfig, CoderWeights, Encoder, SparseCoder } from './coder.ts';
export { decode } from './decode.ts';
export { type Coder, type EncoderOptions, openEncoder } from './encoder.ts';
export { type CoderHookPoints, hookPointsOf } from './hook-points.ts';
export { geometricMedian, type MedianOptions } from './learning/geometric-median.ts';
export { type InitOptions, initWeights } from './learning/init.ts';
export {
  createLearner,
  type Learner,
  type LearnerOptions,
  type Losses,
} from './learning/learner.ts';
export { denormalizeOutputs, normalizeInputs } from './normalization.ts';
