// Which runs on disk configurations go on with: unfinished ones are taken up, finished ones are done.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../base/errors.ts';
import { diskError, kindOfPath } from '../../base/files.ts';
import { folderOwner } from '../../base/lock.ts';
import { logger } from '../../base/log.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { mayGoOn } from './going-on.ts';
import { configHash, type RunRecord, readRunRecord } from './run-directory.ts';

const log = logger('train');

/**
 * Find the run that each configuration goes on with, of those that it may (see `mayGoOn`): the newest unfinished one, or
 * else the newest finished one. None is given twice. Undefined where a run begins anew; where that leaves an unfinished
 * run of the same settings behind, a warning says so. Runs on other rows than `rows` (see `rowsOfRun`) are others,
 * whatever their folder.
 */
export async function findRuns(
  configs: readonly TrainConfig[],
  rows?: string,
): Promise<(RunRecord | undefined)[]> {
  const taken = new Set<string>();
  const found: (RunRecord | undefined)[] = [];
  for (const config of configs) {
    const { runRoot } = config;
    const alike = await runsOf(runRoot, configHash(config));
    const runs = alike.filter(
      (run) => rows === undefined || run.rows === undefined || run.rows === rows,
    );
    const unfinished = runs.filter(({ status }) => status !== 'finished');
    const run = [...unfinished, ...runs].find(
      (each) => mayGoOn(config, each) && !taken.has(join(runRoot, each.id)),
    );
    found.push(run);
    if (run !== undefined) taken.add(join(runRoot, run.id));
    else if (config.resume)
      tellOfOtherRows(
        config,
        alike.find((each) => !runs.includes(each)),
      );
    else await tellOfUnfinished(runRoot, unfinished[0]);
  }
  return found;
}

/** The runs of a configuration, by its hash, newest first. */
async function runsOf(root: string, hash: string): Promise<RunRecord[]> {
  const names = await readdir(root).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError(error, root);
  });
  const runs: RunRecord[] = [];
  for (const name of names.sort().reverse()) {
    if (!name.endsWith(hash.slice(0, 6))) continue;
    if ((await kindOfPath(join(root, name, 'run.json'))) !== 'file') continue;
    const record = await readRunRecord(join(root, name));
    if (record.configHash === hash) runs.push({ ...record, id: name });
  }
  return runs;
}

function tellOfOtherRows({ runRoot, data }: TrainConfig, run: RunRecord | undefined): void {
  if (run === undefined) return;
  const path = join(runRoot, run.id);
  log.warn(`'${path}' read other rows than '${data.shardRoot}' holds now: this run begins anew`);
}

async function tellOfUnfinished(runRoot: string, run: RunRecord | undefined): Promise<void> {
  if (run === undefined) return;
  const path = join(runRoot, run.id);
  const owner = await folderOwner(path);
  if (owner === undefined) {
    log.warn(
      `'${path}' is an unfinished run of the same settings: this one begins anew; with --resume that one goes on`,
    );
  } else {
    log.warn(`process ${owner.pid} on ${owner.host} is training the same settings in '${path}'`);
  }
}
