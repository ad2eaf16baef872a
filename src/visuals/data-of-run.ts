// The data that a run was trained on, as its config.json says: what its visuals show when nothing else is named.
import { join } from 'node:path';
import { z } from 'zod';
import { DataLoad } from '../activations/config.ts';
import { UserError } from '../base/errors.ts';
import { kindOfPath, readJson } from '../base/files.ts';
import type { VisualsConfig } from './config.ts';

/**
 * Take activations, and images that ran along, from the run that `config.ckpt` names; the settings as they are where
 * it is no run.
 *
 * @throws {UserError} for a run whose config.json is damaged.
 */
export async function withDataOfRun(
  config: VisualsConfig,
  { keepImages }: { keepImages: boolean },
): Promise<VisualsConfig> {
  const path = join(config.ckpt, 'config.json');
  const isRun = (await kindOfPath(join(config.ckpt, 'run.json'))) === 'file';
  if (!isRun || (await kindOfPath(path)) !== 'file') return config;
  const parsed = z
    .looseObject({ data: DataLoad })
    .safeParse(await readJson(path, 'configuration of the run'));
  if (!parsed.success) {
    throw new UserError(`invalid configuration of the run: '${path}'`, {
      hint: 'name the activations with --data',
      cause: parsed.error,
    });
  }
  const { data } = parsed.data;
  const images = keepImages ? config.images : (data.live?.images ?? config.images);
  return { ...config, data, images };
}
