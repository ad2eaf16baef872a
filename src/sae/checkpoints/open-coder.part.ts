// Where a person may point for a sparse autoencoder: a run, a checkpoint, or the hub.
import { join } from 'node:path';
import { kindOfPath } from '../../base/files.ts';
import type { SparseCoder } from '../coder.ts';
import { resolveSae } from './open-coder.ts';
import { readCheckpoint } from './registry.ts';

/**
 * Read the coder that `name` points to: a run directory, a checkpoint of any known format, or `hf-hub:org/name`.
 * Throws a UserError when there is none.
 */
export async function openCoder(
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<SparseCoder> {
  return readCheckpoint(await coderPath(name, options));
}

/** Find the checkpoint that `name` points to, and give its path. Throws a UserError when there is nothing. */
export async function coderPath(
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const path = await resolveSae(name, options);
  const ofRun = join(path, 'checkpoint');
  return (await kindOfPath(ofRun)) === 'folder' ? ofRun : path;
}
