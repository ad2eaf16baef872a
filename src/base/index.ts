// Ground: settings, errors, log, progress, random numbers.

export { loadConfig, readConfigFile, type Sources } from './config/load.ts';
export { describeError, UserError } from './errors.ts';
export { configureLogging } from './log.ts';
export { silenceProgress } from './progress.ts';
export { Random, type RandomState } from './random.ts';
