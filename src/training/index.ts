// Training and evaluation, on any source of activations.

export type {
  MetricLine,
  RunCurve,
  RunEntry,
  RunEvent,
  RunLatents,
  RunPage,
  RunState,
  SettingValue,
} from '../pages/run-page.ts';
export { type FoundRun, findRunFolders, readRunEntries } from './comparing/find-runs.ts';
export { type RunsReportOptions, writeRunsReport } from './comparing/report.ts';
export { type RunEntryOptions, readRunEntry } from './comparing/run-entry.ts';
export { readRunPage } from './comparing/run-page.ts';
export { type WatchedRun, type WatchRunsOptions, watchRuns } from './comparing/watch-runs.ts';
export type { FittedConfig } from './config/fitting.ts';
export { settingsOfCoder } from './config/from-coder.ts';
export { expand, type Grid, grid, splitConfigs } from './config/sweep.ts';
export { TrainConfig, type TrainConfigInput } from './config/train-config.ts';
export type { EvaluateOptions } from './evaluation/evaluate.ts';
export { type Evaluated, type Evaluation, evaluate } from './evaluation/evaluate.ts';
export { evaluateLanguage, type LanguageEvaluation } from './evaluation/language-evaluation.ts';
export type { PlacedCoder, Substituted } from './evaluation/substitution.ts';
export {
  type OpenedRows,
  openModelOfRows,
  placeOf,
  readTokens,
  type SomeContexts,
  type TextModelOfRows,
} from './evaluation/texts.ts';
export type { Validation } from './evaluation/validation.ts';
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
