// Which folder of shards the runs of a job read, named before they begin, so that their config.json says it for good.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isRecorded } from '../../activations/config.ts';
import { findShards, shardsThatFit } from '../../activations/find-shards.ts';
import { kindOfPath, readJson } from '../../base/files.ts';
import { stableJson } from '../../base/json.ts';
import { logger } from '../../base/log.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { looksBack, mayGoOn } from './going-on.ts';

const log = logger('train');

/**
 * Name in each configuration the very folder of shards that is meant, of those inside `data.shardRoot`. A job that is to
 * be resumed goes on with the one that its run began with, though a newer one may stand there by now.
 * @throws {UserError} for shards that are not there, and for layers that none of several has.
 */
export async function nameShards(configs: readonly TrainConfig[]): Promise<TrainConfig[]> {
  const found = new Map<string, string>();
  const named: TrainConfig[] = [];
  for (const config of configs) {
    const { data } = config;
    if (!isRecorded(data)) {
      named.push(config);
      continue;
    }
    const { shardRoot, layer, target, head } = data;
    const key = stableJson({ shardRoot, layer, target, head });
    const folder =
      found.get(key) ?? (await begunWith(config)) ?? (await findShards(shardRoot, data));
    found.set(key, folder);
    named.push({ ...config, data: { ...data, shardRoot: folder } });
  }
  return named;
}

/** What the newest unfinished run read, when it is one of several folders that could be meant. */
async function begunWith(config: TrainConfig): Promise<string | undefined> {
  const { runRoot, data } = config;
  if (!looksBack(config) || (await kindOfPath(runRoot)) !== 'folder') return undefined;
  const folders = await shardsThatFit(data.shardRoot, data);
  if (folders.length === 1) return undefined;
  for (const name of (await readdir(runRoot)).sort().reverse()) {
    const folder = await folderOfUnfinished(join(runRoot, name), config);
    if (folder === undefined || !folders.includes(folder)) continue;
    log.info(`going on with ${folder}, which ${name} began with`);
    return folder;
  }
  return undefined;
}

const record = z.looseObject({ status: z.string(), job: z.string().optional() });
const settings = z.looseObject({ data: z.looseObject({ shardRoot: z.string() }) });

async function folderOfUnfinished(run: string, config: TrainConfig): Promise<string | undefined> {
  for (const name of ['run.json', 'config.json']) {
    if ((await kindOfPath(join(run, name))) !== 'file') return undefined;
  }
  const state = record.safeParse(await readJson(join(run, 'run.json'), 'run record'));
  if (!state.success || state.data.status === 'finished') return undefined;
  if (!mayGoOn(config, state.data)) return undefined;
  const begun = settings.safeParse(await readJson(join(run, 'config.json'), 'run config'));
  return begun.success ? begun.data.data.shardRoot : undefined;
}
