// Training and evaluation, on any source of activations.

export type { FittedConfig } from './config/fitting.ts';
export { expand, type Grid, grid, splitConfigs } from './config/sweep.ts';
export { TrainConfig, type TrainConfigInput } from './config/train-config.ts';
export type { EvaluateOptions } from './evaluation/evaluate.ts';
export { type Evaluated, type Evaluation, evaluate } from './evaluation/evaluate.ts';
export { evaluateLanguage, type LanguageEvaluation } from './evaluation/language-evaluation.ts';
export type { PlacedCoder, Substituted } from './evaluation/substitution.ts';
export { openModelOfRows, placeOf, readTokens, type TextModelOfRows } from './evaluation/texts.ts';
export type { TrainedRun } from './group/finish.ts';
export { trainGroup } from './group/group.ts';
export type { GroupOptions } from './group/members.ts';
export { chooseCoder, type FoundCoder, findCoders, newestOf } from './runs/choose-coder.ts';
export {
  type CoderSession,
  type CoderSessionOptions,
  openCoderSession,
} from './runs/coder-session.ts';
export {
  type DataOfCoderOptions,
  dataOfCoder,
} from './runs/data-of-coder.ts';
export type { RunEvaluation } from './runs/evaluation-files.ts';
export {
  type LanguageModelName,
  type LanguageOfCoder,
  languageOfCoder,
} from './runs/language-of-coder.ts';
export { type RunRecord, readRunRecord } from './runs/run-directory.ts';
export {
  languageModelOf,
  newestTranscoders,
  resolveTranscoders,
  type TextsOfCoders,
  type TranscoderSettings,
  textsOfCoders,
} from './runs/transcoders-of-runs.ts';
export { type TrainOptions, train } from './train.ts';
