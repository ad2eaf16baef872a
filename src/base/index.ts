// Ground: settings, errors, log, progress, random numbers.

export type { Setting } from './config/flags.ts';
export type { KindSchema } from './config/kinds.ts';
export type { Values } from './config/layers.ts';
export { loadConfig, readConfigFile, type Sources } from './config/load.ts';
export { describeError, UserError } from './errors.ts';
export { configureLogging } from './log.ts';
export type { Progress } from './progress.ts';
export { silenceProgress } from './progress.ts';
export { Random, type RandomState } from './random.ts';
