// The end of a group: checkpoints, one evaluation pass for all, and what stays in the run directory.
import { rm } from 'node:fs/promises';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { Losses } from '../../sae/learning/losses.ts';
import type { FittedConfig } from '../config/fitting.ts';
import { evaluateTogether } from '../evaluation/evaluate.ts';
import { type RunEvaluation, writeEvaluation } from '../runs/evaluation-files.ts';
import { evaluationMetrics, evaluationTables } from '../runs/metric-names.ts';
import { coderOf, writeLogSparsity } from './coder-files.ts';
import type { Member, SharedOptions } from './members.ts';
import { evaluateInModel } from './model-evaluation.ts';
import { byRows, inOrderOf } from './rows.ts';
import { evaluated, validateMembers } from './validation.ts';

/** Rows of texts, or rows that are drawn, that the evaluation reads, unless the configuration says. */
const SOME_ROWS = 2 ** 17;

/** A finished run. */
export interface TrainedRun {
  readonly id: string;
  readonly path: string;
  readonly config: FittedConfig;
  readonly evaluation: RunEvaluation;
  /** Losses of the last step; undefined for a run that had finished before. */
  readonly losses: Losses | undefined;
}

/**
 * Write checkpoints, evaluate all members in one pass, and close their runs. A run is finished once its run.json says so:
 * after a kill in between, those runs stay as they are, and the others go on from their state.
 */
export async function finishMembers(
  members: readonly Member[],
  losses: readonly Losses[],
  step: number,
  options: SharedOptions,
): Promise<TrainedRun[]> {
  for (const member of members) {
    const { run } = member;
    await run.check();
    await writeCheckpoint(await coderOf(member, options), run.file('checkpoint'), 'saelens');
    await writeLogSparsity(run.path, member);
  }
  const { config: first, rows } = members[0]!;
  const isWhole = rows.source.contexts === undefined && rows.source.isDrawn !== true;
  const nRows = first.nEvalRows ?? (isWhole ? undefined : SOME_ROWS);
  const sets = byRows(members).map(({ rows: { source }, runs }) => ({
    source,
    coders: runs.map(evaluated),
  }));
  const found = await evaluateTogether(sets, {
    batchSize: first.saeBatchSize,
    signal: options.signal,
    ...(nRows === undefined ? {} : { nRows }),
  });
  const evaluations = inOrderOf(members, found);
  const validations = await validateMembers(members, options);
  const language = await evaluateInModel(members, options);
  const trained: TrainedRun[] = [];
  for (const [i, { config, run, metrics }] of members.entries()) {
    const validation = validations[i];
    const evaluation = { ...evaluations[i]!, ...language[i], ...(validation && { validation }) };
    await run.check();
    await writeEvaluation(run.path, evaluation);
    await metrics.write(step, evaluationMetrics(evaluation), evaluationTables(evaluation));
    await run.update({ status: 'finished', finished: new Date().toISOString() });
    await rm(run.file('state'), { recursive: true, force: true });
    trained.push({ id: run.id, path: run.path, config, evaluation, losses: losses[i] });
  }
  return trained;
}
