// Trains the coders of a group on one stream of batches: the data is read once for all of them.
import type { ActivationBatch, ActivationSource } from '../../activations/types.ts';
import { logger } from '../../base/log.ts';
import { startProgress } from '../../base/progress.ts';
import { significant } from '../../base/text.ts';
import type { Losses } from '../../sae/learning/losses.ts';
import { adviceOn } from '../config/advice.ts';
import { diskText } from '../config/disk.ts';
import { type FittedConfig, fitConfig, planText, warningsOf } from '../config/fitting.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { validationPeriod } from '../config/validation-config.ts';
import { explainedVarianceMetrics } from '../runs/explained-variance.ts';
import { findRuns } from '../runs/find-runs.ts';
import { removeLeftovers } from '../runs/leftovers.ts';
import { evaluationMetrics } from '../runs/metric-names.ts';
import type { Metrics } from '../runs/metrics.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';
import { stepMember, stepMetrics } from '../steps/member-step.ts';
import { lrPlan } from '../steps/rates.ts';
import { countBatches, limitBatches, rowsIn, streamOf } from './batches.ts';
import { checkpointThresholds, writeCheckpointOnTheWay } from './coder-files.ts';
import { finishMembers, type TrainedRun } from './finish.ts';
import { readFinished } from './finished.ts';
import {
  type GroupOptions,
  type Member,
  type OpenGroup,
  openMembers,
  type RunToTrain,
} from './members.ts';
import { evaluateInModel, evaluationPeriod } from './model-evaluation.ts';
import { partsOf } from './parts.ts';
import { keepOnlyState, saveState } from './state.ts';
import { noteValidation } from './validation.ts';

const log = logger('train');

/**
 * Train, evaluate and write the runs of one group (see `splitConfigs`) on `source`. With `resume`, unfinished runs of the
 * same settings go on, and finished ones are read. What settings leave open is chosen by the rows that there are.
 */
export async function trainGroup(
  asked: readonly TrainConfig[],
  source: ActivationSource,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const configs = asked.map((config) => fitConfig(config, source));
  for (const root of new Set(configs.map(({ runRoot }) => runRoot))) await removeLeftovers(root);
  const found = await findRuns(configs, options.rows);
  const trained = await readFinished(configs, found);
  if (trained.some((run) => run === undefined)) announce(asked, configs, source);
  for (const { places, stream } of await partsOf(configs, found)) {
    const members = places.map((i) => ({ config: configs[i]!, found: found[i] }));
    const ended = await trainPart(members, stream, source, options);
    for (const [i, place] of places.entries()) trained[place] = ended[i];
    // Of many runs some are bad on purpose: a word on each will do.
    const mostWords = ended.length > 1 ? 1 : Number.POSITIVE_INFINITY;
    for (const run of ended) {
      for (const advice of adviceOn(run, source).slice(0, mostWords))
        log.warn(`${run.id}: ${advice}`);
    }
  }
  return trained.map((run) => run!);
}

/** Say what the runs will do, once where they do the same, and what in it will not go well. */
function announce(
  asked: readonly TrainConfig[],
  configs: readonly FittedConfig[],
  source: ActivationSource,
): void {
  const plans = configs.map((config, i) => planText(asked[i]!, config, source));
  for (const plan of new Set(plans)) log.info(plan);
  const warnings = configs.flatMap((config) => warningsOf(config, source));
  for (const warning of new Set(warnings)) log.warn(warning);
  const disk = diskText(configs, source);
  if (disk !== undefined) log.info(disk);
}

async function trainPart(
  runs: readonly RunToTrain[],
  stream: StreamSeeds,
  source: ActivationSource,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const group = await openMembers(runs, stream, source, options);
  try {
    if (group.start > 0) log.info(`going on from step ${group.start}`);
    const trained = await trainMembers(group, stream.seed, source, options);
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

async function trainMembers(
  { members, start }: OpenGroup,
  shuffleSeed: number,
  source: ActivationSource,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const { config } = members[0]!;
  // A step that was begun is ended for all members: then its state can be saved.
  const { signal, ...uninterrupted } = options;
  const stream = streamOf(config, source);
  const total = countBatches(stream);
  const thresholds = checkpointThresholds(config.nPatches, config.nCheckpoints);
  const period = options.validation === undefined ? 0 : validationPeriod(config, total);
  const progress = startProgress('train', { total, unit: 'steps', done: start });
  let losses: Losses[] = [];
  let step = start;
  let nSeen = rowsIn(start, stream);
  try {
    for await (const { acts, targets } of trainingBatches(source, { config, shuffleSeed, start })) {
      if (period > 0 && step > 0 && step % period === 0) {
        // Begun anew when the run goes on: its line is of the step that comes.
        await noteValidation(members, step, options).catch(async (error: unknown) => {
          if (signal?.aborted === true) await stopAt(members, step);
          throw error;
        });
      }
      losses = [];
      const before = nSeen;
      nSeen += acts.length / source.dModel;
      for (const member of members) {
        const plan = lrPlan(member.config, total);
        const report = await stepMember(member, { acts, targets }, { ...options, step, plan });
        losses.push(report.losses);
        const { track, logEvery } = member.config;
        const due = track && (step + 1) % logEvery === 0;
        const metrics = due
          ? {
              ...stepMetrics(report, member, nSeen),
              ...(await textMetrics(member, { acts, targets }, source)),
            }
          : {};
        const inModelEvery = evaluationPeriod(member.config);
        const inModel =
          inModelEvery > 0 && (step + 1) % inModelEvery === 0 && step + 1 < total
            ? evaluationMetrics((await evaluateInModel([member], uninterrupted))[0] ?? {})
            : {};
        const all = track ? { ...metrics, ...inModel, ...report.events } : {};
        if (Object.keys(all).length > 0) await member.metrics.write(step, all, report.spreads);
      }
      const { mse, l0 } = losses[0]!;
      progress.tick(1, `mse ${significant(mse)}  l0 ${significant(l0)}`);
      if (thresholds.some((rows) => before <= rows && rows < nSeen)) {
        for (const member of members) await writeCheckpointOnTheWay(member, nSeen, options);
      }
      step++;
      const due = config.checkpointEvery > 0 && step % config.checkpointEvery === 0;
      if (signal?.aborted === true) {
        await stopAt(members, step);
        throw signal.reason;
      }
      if (due && step < total) await saveMembers(members, step);
    }
  } finally {
    progress.end();
  }
  try {
    return await finishMembers(members, source, losses, step, options);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    const unfinished = members.filter(({ run }) => run.status() !== 'finished');
    await saveMembers(unfinished, step);
    throw error;
  }
}

/** Numbers of a step that the original charts of texts only. */
async function textMetrics(
  { learner }: Member,
  batch: Pick<ActivationBatch, 'acts' | 'targets'>,
  { contexts }: ActivationSource,
): Promise<Metrics> {
  if (contexts === undefined) return {};
  const { device } = learner;
  return explainedVarianceMetrics(batch, await device.errors(), device.shape.dOut);
}

/**
 * Batches of all passes, the first `start` left out. An interruption does not end them: it is heeded between two
 * steps, where the state is saved.
 */
async function* trainingBatches(
  source: ActivationSource,
  {
    config,
    shuffleSeed,
    start,
  }: { readonly config: FittedConfig; readonly shuffleSeed: number; readonly start: number },
): AsyncGenerator<ActivationBatch> {
  const { saeBatchSize: batchSize } = config;
  let skip = start;
  let reader: AsyncIterator<ActivationBatch> | undefined;
  let pass = -1;
  try {
    for (const position of limitBatches(streamOf(config, source))) {
      if (skip > 0) {
        skip--;
        continue;
      }
      if (position.pass !== pass) {
        pass = position.pass;
        await reader?.return?.();
        const skipBatches = position.batch;
        const options = { batchSize, shuffleSeed: shuffleSeed + pass, skipBatches, reuse: true };
        reader = source.batches(options)[Symbol.asyncIterator]();
      }
      const next = await reader!.next();
      if (next.done === true) throw new RangeError('training: a pass ended before its last batch');
      yield next.value;
    }
  } finally {
    await reader?.return?.();
  }
}

/** Save where the runs stand, and say so. */
async function stopAt(members: readonly Member[], step: number): Promise<void> {
  await saveMembers(members, step);
  log.info(`stopped at step ${step}; the same command with --resume goes on from there`);
}

/** Write the state of every run, then remove older ones: a kill in between leaves a step that all of them have. */
async function saveMembers(members: readonly Member[], step: number): Promise<void> {
  for (const member of members) {
    await member.run.check();
    await saveState(member.run.file('state'), member);
  }
  for (const { run } of members) await keepOnlyState(run.file('state'), step);
}
