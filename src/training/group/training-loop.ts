// The loop over the steps of a group: a batch of each set of rows, and a step of each member on its own.
import type { ActivationBatch } from '../../activations/types.ts';
import { startProgress } from '../../base/progress.ts';
import { significant } from '../../base/text.ts';
import type { Losses } from '../../sae/learning/losses.ts';
import { validationPeriod } from '../config/validation-config.ts';
import { explainedVarianceMetrics } from '../runs/explained-variance.ts';
import { evaluationMetrics } from '../runs/metric-names.ts';
import type { Metrics } from '../runs/metric-table.ts';
import type { StreamSeeds } from '../runs/run-directory.ts';
import { stepMember, stepMetrics } from '../steps/member-step.ts';
import { lrPlan } from '../steps/rates.ts';
import { countBatches, rowsIn, streamOf } from './batches.ts';
import { checkpointThresholds, writeCheckpointOnTheWay } from './coder-files.ts';
import { finishMembers, type TrainedRun } from './finish.ts';
import type { Member, OpenGroup, SharedOptions } from './members.ts';
import { evaluateInModel, evaluationPeriod } from './model-evaluation.ts';
import { byRows } from './rows.ts';
import { saveMembers, stopAt } from './saving.ts';
import { trainingBatches } from './training-batches.ts';
import { noteValidation } from './validation.ts';

/**
 * Train the members of an open group to the end, from where they stand, and finish them. When the signal is aborted, the step that
 * was begun is ended for all, and their state saved.
 */
export async function trainMembers(
  { members, start }: OpenGroup,
  seeds: StreamSeeds,
  options: SharedOptions,
): Promise<TrainedRun[]> {
  const { config, rows } = members[0]!;
  const { signal } = options;
  const stream = streamOf(config, rows.source);
  const total = countBatches(stream);
  const thresholds = checkpointThresholds(config.nPatches, config.nCheckpoints);
  const period = members.some((member) => member.rows.validation !== undefined)
    ? validationPeriod(config, total)
    : 0;
  const progress = startProgress('train', { total, unit: 'steps', done: start });
  const sets = byRows(members);
  const sources = sets.map((set) => set.rows.source);
  const setOf = members.map((member) => sets.findIndex((set) => set.rows === member.rows));
  let losses: Losses[] = [];
  let step = start;
  let nSeen = rowsIn(start, stream);
  try {
    for await (const batches of trainingBatches(sources, { config, seeds, start })) {
      if (period > 0 && step > 0 && step % period === 0) {
        // Begun anew when the run goes on: its line is of the step that comes.
        await noteValidation(members, step, options).catch(async (error: unknown) => {
          if (signal?.aborted === true) await stopAt(members, step);
          throw error;
        });
      }
      losses = [];
      const before = nSeen;
      nSeen += batches[0]!.exampleIndex.length;
      for (const [i, member] of members.entries()) {
        const batch = batches[setOf[i]!]!;
        losses.push(await stepAndNote(member, batch, { ...options, step, total, nSeen }));
      }
      const { mse, l0 } = losses[0]!;
      progress.tick(1, `mse ${significant(mse)}  l0 ${significant(l0)}`);
      if (thresholds.some((limit) => before <= limit && limit < nSeen)) {
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
    return await finishMembers(members, losses, step, options);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    const unfinished = members.filter(({ run }) => run.status() !== 'finished');
    await saveMembers(unfinished, step);
    throw error;
  }
}

/** A step of one member, and what its charts say of it. */
async function stepAndNote(
  member: Member,
  { acts, targets }: Pick<ActivationBatch, 'acts' | 'targets'>,
  {
    step,
    total,
    nSeen,
    ...options
  }: SharedOptions & { readonly step: number; readonly total: number; readonly nSeen: number },
): Promise<Losses> {
  // A step that was begun is ended for all members: then its state can be saved.
  const { signal: _, ...uninterrupted } = options;
  const { config } = member;
  const plan = lrPlan(config, total);
  const report = await stepMember(member, { acts, targets }, { ...options, step, plan });
  const { track, logEvery } = config;
  const isDue = (period: number): boolean => period > 0 && (step + 1) % period === 0;
  const metrics =
    track && isDue(logEvery)
      ? {
          ...stepMetrics(report, member, nSeen),
          ...(await textMetrics(member, { acts, targets })),
        }
      : {};
  const inModel =
    isDue(evaluationPeriod(config)) && step + 1 < total
      ? evaluationMetrics((await evaluateInModel([member], uninterrupted))[0] ?? {})
      : {};
  const all = track ? { ...metrics, ...inModel, ...report.events } : {};
  if (Object.keys(all).length > 0) await member.metrics.write(step, all, report.spreads);
  return report.losses;
}

/** Numbers of a step that the original charts of texts only. */
async function textMetrics(
  { learner, rows }: Member,
  batch: Pick<ActivationBatch, 'acts' | 'targets'>,
): Promise<Metrics> {
  if (rows.source.contexts === undefined) return {};
  const { device } = learner;
  return explainedVarianceMetrics(batch, await device.errors(), device.shape.dOut);
}
