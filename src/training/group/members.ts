// The members of a group: their run directories, where they go on from, and their coders.
import { packageVersion } from '../../base/version.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import type { SparseConnection } from '../../sae/learning/loss-terms.ts';
import { resolveObjective } from '../../sae/learning/objectives/resolve.ts';
import type { FittedConfig } from '../config/fitting.ts';
import { coderToStartFrom } from '../config/from-coder.ts';
import { checkedLatents, checkedWidth } from '../config/learner-options.ts';
import { type MetricsLog, openMetrics } from '../runs/metrics.ts';
import {
  openRunDirectory,
  type RunDirectory,
  type RunRecord,
  type StreamSeeds,
} from '../runs/run-directory.ts';
import { recordValidation } from '../runs/validation-file.ts';
import { type LearnerStart, learnerStarts } from '../start/learner-starts.ts';
import { makeLearner } from '../start/make-learner.ts';
import { sparseConnectionOf } from '../start/sparse-connection.ts';
import { newActivity } from '../steps/activity.ts';
import { FIRST_HOLD } from '../steps/held-l0.ts';
import { FIRST_RATE } from '../steps/rates.ts';
import { commonStep } from './parts.ts';
import type { TrainingRows } from './rows.ts';
import { restoreState, savedSteps, type TrainingState } from './state.ts';

/** What all runs of a group share. */
export interface SharedOptions {
  readonly kernels: Kernels;
  /** Version of the program, written to the runs. @default that of this package */
  readonly version?: string;
  /** What the recorded rows are, written to the runs (see `rowsOfRun`). */
  readonly rows?: string | undefined;
  readonly signal?: AbortSignal;
}

/** What the runs of a group share that take the same rows. */
export interface GroupOptions extends SharedOptions, Omit<TrainingRows, 'source'> {}

/** One run of the group while it trains. */
export interface Member extends TrainingState {
  readonly config: FittedConfig;
  readonly rows: TrainingRows;
  readonly run: RunDirectory;
  readonly metrics: MetricsLog;
}

/** The runs of a group, ready to train from step `start`. */
export interface OpenGroup {
  readonly members: readonly Member[];
  readonly start: number;
  /** Free the coders and let other processes have the run directories. */
  close(): Promise<void>;
}

/** A run that is to be trained, its rows, and the unfinished one that it goes on with. */
export interface RunToTrain {
  readonly config: FittedConfig;
  readonly rows: TrainingRows;
  readonly found: RunRecord | undefined;
}

/**
 * Make the run directories of a group, or take up the unfinished runs that were found, and bring its coders to the step where they
 * stopped.
 */
export async function openMembers(
  wanted: readonly RunToTrain[],
  stream: StreamSeeds,
  options: SharedOptions,
): Promise<OpenGroup> {
  const runs: RunDirectory[] = [];
  const members: Member[] = [];
  const close = async (): Promise<void> => {
    for (const { learner } of members) learner.close();
    try {
      for (const { metrics } of members) await metrics.close();
    } finally {
      for (const run of runs) await run.release();
    }
  };
  try {
    // Looked at first: a run directory is made for runs that can begin.
    const needs = await neededCoders(wanted, options);
    for (const { config, rows, found } of wanted) {
      runs.push(await openRunDirectory(config, { ...aboutRun(rows, options), stream, found }));
    }
    for (const [i, { rows }] of wanted.entries()) {
      if (rows.validation !== undefined) await recordValidation(runs[i]!, rows.validation);
    }
    const start = commonStep(await Promise.all(runs.map(stepsOf)));
    const starts: LearnerStart[] =
      start > 0 ? wanted.map(() => ({})) : await learnerStarts(wanted, stream, options.signal);
    for (const [i, { config, rows }] of wanted.entries()) {
      const learner = await makeLearner(config, rows.source, options.kernels, {
        ...starts[i],
        ...needs[i]!,
      });
      const activity = newActivity(learner.device.shape.dSae);
      const run = runs[i]!;
      const metrics = await openMetrics(run, { resumeStep: start, config });
      const first = { rate: FIRST_RATE, held: FIRST_HOLD };
      const member: Member = { config, rows, run, learner, metrics, activity, ...first };
      members.push(member);
      if (start > 0) await restoreState(run.file('state'), start, member);
    }
    return { members, start, close };
  } catch (error) {
    await close().catch(() => undefined);
    // A run that could not begin leaves nothing to go on from.
    for (const run of runs) if (!run.resumed) await run.remove();
    throw error;
  }
}

/** Other coders that a run needs: whose directions it keeps from, and from which it goes on. */
interface NeededCoders {
  readonly sparseConnection: SparseConnection | undefined;
  readonly origin: SparseCoder | undefined;
}

/**
 * Read the coders that runs need, and refuse what does not fit their rows.
 * @throws {UserError} for such.
 */
async function neededCoders(
  wanted: readonly RunToTrain[],
  options: SharedOptions,
): Promise<NeededCoders[]> {
  // Runs of a group go on from the same coder: it is read once for each set of rows.
  const origins = new Map<TrainingRows, SparseCoder | undefined>();
  const needs: NeededCoders[] = [];
  for (const { config, rows } of wanted) {
    const dIn = checkedWidth(config.sae, rows.source.dModel);
    const dOut = rows.source.dTarget ?? dIn;
    resolveObjective(config.objective, checkedLatents(config.sae, dIn, dOut));
    const sparseConnection = await sparseConnectionOf(config, dOut, options);
    if (!origins.has(rows)) {
      origins.set(rows, await coderToStartFrom(config, { dIn, dOut }, options));
    }
    needs.push({ sparseConnection, origin: origins.get(rows) });
  }
  return needs;
}

/** What a run writes down of its making. */
function aboutRun(
  { source: { length, leftOut } }: TrainingRows,
  { version = packageVersion(), kernels, rows }: SharedOptions,
): Pick<RunRecord, 'version' | 'kernels' | 'rows' | 'ignored'> {
  const ignored = leftOut === undefined ? undefined : { rows: leftOut, of: length + leftOut };
  return { version, kernels: kernels.name, rows, ignored };
}

async function stepsOf({ resumed, file }: RunDirectory): Promise<number[]> {
  return resumed ? savedSteps(file('state')) : [];
}
