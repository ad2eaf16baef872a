// Runs that had finished before: what they ended with is read, not trained again.
import { join } from 'node:path';
import { openSources } from '../../activations/source.ts';
import { UserError } from '../../base/errors.ts';
import { logger } from '../../base/log.ts';
import { type FittedConfig, fitConfig, isFitted } from '../config/fitting.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { readEvaluation } from '../runs/evaluation-files.ts';
import { findRuns } from '../runs/find-runs.ts';
import { looksBack } from '../runs/going-on.ts';
import { removeLeftovers } from '../runs/leftovers.ts';
import type { RunRecord } from '../runs/run-directory.ts';
import type { TrainedRun } from './finish.ts';
import { distinctRows, readingOf } from './open-rows.ts';

const log = logger('train');

/** The results of those runs of a group that had finished, at their places; undefined where there is one to train. */
export async function readFinished(
  configs: readonly FittedConfig[],
  found: readonly (RunRecord | undefined)[],
): Promise<(TrainedRun | undefined)[]> {
  const runs: (TrainedRun | undefined)[] = [];
  for (const [i, config] of configs.entries()) {
    const record = found[i];
    runs.push(record?.status === 'finished' ? await readRun(config, record) : undefined);
  }
  return runs;
}

/**
 * The results of a whole group, when every one of its runs has finished and is to be resumed. What settings leave open is
 * chosen by recorded rows without reading them; for rows of a model that runs it is not known yet.
 */
export async function finishedGroup(
  asked: readonly TrainConfig[],
  rows?: string,
): Promise<TrainedRun[] | undefined> {
  if (!asked.every(looksBack)) return undefined;
  const configs = asked.every(isFitted)
    ? asked
    : rows === undefined
      ? []
      : await fitToShards(asked);
  if (configs.length === 0) return undefined;
  const found = await findRuns(configs, rows);
  if (!found.every((record) => record?.status === 'finished')) return undefined;
  for (const root of new Set(configs.map(({ runRoot }) => runRoot))) await removeLeftovers(root);
  return (await readFinished(configs, found)).map((run) => run!);
}

async function fitToShards(asked: readonly TrainConfig[]): Promise<FittedConfig[]> {
  const { places, distinct } = distinctRows(asked);
  // A scaling that is given need not be measured.
  const wanted = distinct.map(({ data, ignore }) => ({
    data,
    ignore,
    scaling: { clamp: data.clamp, mean: undefined, scalar: 1 },
  }));
  const opened = await openSources(wanted, readingOf(asked[0]!));
  for (const { source } of opened) await source.close();
  return asked.map((config, i) => fitConfig(config, opened[places[i]!]!.source));
}

async function readRun(config: FittedConfig, { id, finished }: RunRecord): Promise<TrainedRun> {
  const path = join(config.runRoot, id);
  log.info(`'${path}' had finished${finished === undefined ? '' : ` at ${finished}`}`);
  try {
    return { id, path, config, evaluation: await readEvaluation(path), losses: undefined };
  } catch (cause) {
    throw new UserError(`finished run '${path}' cannot be read`, {
      hint: 'delete it, or train again without --resume',
      cause,
    });
  }
}
