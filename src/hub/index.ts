// The hub: files of HuggingFace repositories, in Python's cache.

export type { Patience } from '../base/http/patience.ts';

export type { HubFile } from './api.ts';
export type { HubRepo } from './cache/cache-paths.ts';
export {
  type HubOptions,
  listHubFiles,
  openHubFile,
  resolveHubFile,
} from './client.ts';
export { HubError, type HubFailure } from './failures.ts';
export type { AsyncBuffer } from './ranges.ts';
export type { Environment } from './settings.ts';
export { type HubSettings, hubSettings } from './settings.ts';
