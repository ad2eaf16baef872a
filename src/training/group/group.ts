// Trains the coders of a group on one stream of batches: the data is read once for all of them.

import { goTogether } from '../../activations/together.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { logger } from '../../base/log.ts';
import { counted } from '../../base/text.ts';
import { adviceOn } from '../config/advice.ts';
import { diskText } from '../config/disk.ts';
import { type FittedConfig, fitConfig, planText, warningsOf } from '../config/fitting.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { findRuns } from '../runs/find-runs.ts';
import { removeLeftovers } from '../runs/leftovers.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';
import type { TrainedRun } from './finish.ts';
import { readFinished } from './finished.ts';
import { type GroupOptions, openMembers, type RunToTrain, type SharedOptions } from './members.ts';
import { sharedBuffer } from './memory.ts';
import { partsOf } from './parts.ts';
import type { TrainingRows } from './rows.ts';
import { trainMembers } from './training-loop.ts';

const log = logger('train');

/** A run that is asked for, and the rows that it trains on. */
export interface AskedRun {
  readonly config: TrainConfig;
  readonly rows: TrainingRows;
}

/** The same with nothing left open. */
interface FittedRun extends AskedRun {
  readonly config: FittedConfig;
}

/**
 * Train, evaluate and write the runs of one group (see `splitConfigs`) on `source`. With `resume`, unfinished runs of the
 * same settings go on, and finished ones are read. What settings leave open is chosen by the rows that there are.
 */
export async function trainGroup(
  asked: readonly TrainConfig[],
  source: ActivationSource,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const { scaling, validation, text, ...shared } = options;
  const rows = { source, scaling, validation, text };
  return trainTogether(
    asked.map((config) => ({ config, rows })),
    shared,
  );
}

/**
 * Train runs on several sets of rows side by side, as {@link trainGroup} does those on one: a step of each run on a batch of its
 * rows. Runs whose rows do not go together follow one another.
 */
export async function trainTogether(
  asked: readonly AskedRun[],
  options: SharedOptions,
): Promise<TrainedRun[]> {
  const runs = asked.map(({ config, rows }) => ({ config: fitConfig(config, rows.source), rows }));
  const configs = runs.map(({ config }) => config);
  for (const root of new Set(configs.map(({ runRoot }) => runRoot))) await removeLeftovers(root);
  const found = await findRuns(configs, options.rows);
  const trained = await readFinished(configs, found);
  if (trained.some((run) => run === undefined)) announce(asked, runs);
  const areTogether = (a: number, b: number): boolean =>
    goTogether(runs[a]!.rows.source, runs[b]!.rows.source);
  for (const { places, stream: begun, isNew } of await partsOf(configs, found, areTogether)) {
    const sources = [...new Set(places.map((i) => runs[i]!.rows.source))];
    const bufferExamples = isNew ? sharedBuffer(sources, configs[places[0]!]!) : undefined;
    const stream = bufferExamples === undefined ? begun : { ...begun, bufferExamples };
    const ended = await trainPart(
      places.map((i) => ({ ...runs[i]!, found: found[i] })),
      stream,
      options,
    );
    for (const [i, place] of places.entries()) trained[place] = ended[i];
    // Of many runs some are bad on purpose: a word on each will do.
    const mostWords = ended.length > 1 ? 1 : Number.POSITIVE_INFINITY;
    for (const [i, run] of ended.entries()) {
      const { source } = runs[places[i]!]!.rows;
      for (const advice of adviceOn(run, source).slice(0, mostWords))
        log.warn(`${run.id}: ${advice}`);
    }
  }
  return trained.map((run) => run!);
}

/** Say what the runs will do, once where they do the same, and what in it will not go well. */
function announce(asked: readonly AskedRun[], runs: readonly FittedRun[]): void {
  const sources = [...new Set(runs.map(({ rows }) => rows.source))];
  if (sources.length > 1) {
    const apart = sources.filter((source) => !goTogether(sources[0]!, source)).length;
    const other = apart === 0 ? '' : `; ${apart} of another length are read after the others`;
    log.info(
      `${counted(sources.length, 'set')} of rows of the same examples, read side by side${other}`,
    );
  }
  const plans = runs.map(({ config, rows }, i) => planText(asked[i]!.config, config, rows.source));
  for (const plan of new Set(plans)) log.info(plan);
  const warnings = runs.flatMap(({ config, rows }) => warningsOf(config, rows.source));
  for (const warning of new Set(warnings)) log.warn(warning);
  const disk = diskText(runs.map(({ config, rows }) => ({ config, source: rows.source })));
  if (disk !== undefined) log.info(disk);
}

async function trainPart(
  runs: readonly RunToTrain[],
  stream: StreamSeeds,
  options: SharedOptions,
): Promise<TrainedRun[]> {
  const group = await openMembers(runs, stream, options);
  try {
    if (group.start > 0) log.info(`going on from step ${group.start}`);
    const trained = await trainMembers(group, stream, options);
    await group.close();
    return trained;
  } catch (error) {
    // What is lost here is a word; the error is what the person must see.
    for (const { run } of group.members) {
      if (run.status() === 'running')
        await run.update({ status: 'stopped' }).catch(() => undefined);
    }
    await group.close().catch(() => undefined);
    throw error;
  }
}
