// The members of a group: their run directories, where they go on from, and their coders.
import type { Scaling } from '../../activations/reading/scaling.ts';
import type { ActivationSource } from '../../activations/types.ts';
import type { ValidationRows } from '../../activations/validation.ts';
import { packageVersion } from '../../base/version.ts';
import type { Kernels } from '../../compute/kernels/types.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import type { SparseConnection } from '../../sae/learning/loss-terms.ts';
import { resolveObjective } from '../../sae/learning/objectives/resolve.ts';
import type { FittedConfig } from '../config/fitting.ts';
import { coderToStartFrom } from '../config/from-coder.ts';
import { checkedLatents, checkedWidth } from '../config/learner-options.ts';
import type { TextModelOfRows } from '../evaluation/texts.ts';
import { type MetricsLog, openMetrics } from '../runs/metrics.ts';
import {
  openRunDirectory,
  type RunDirectory,
  type RunRecord,
  type StreamSeeds,
} from '../runs/run-directory.ts';
import { recordValidation } from '../runs/validation-file.ts';
import { startRows, typicalRows } from '../start/initial-bias.ts';
import { latentsOf, makeLearner } from '../start/make-learner.ts';
import { sparseConnectionOf } from '../start/sparse-connection.ts';
import { newActivity } from '../steps/activity.ts';
import { FIRST_HOLD } from '../steps/held-l0.ts';
import { FIRST_RATE } from '../steps/rates.ts';
import { commonStep } from './parts.ts';
import { restoreState, savedSteps, type TrainingState } from './state.ts';

/** What the runs of a group share. */
export interface GroupOptions {
  readonly kernels: Kernels;
  /** Version of the program, written to the runs. @default that of this package */
  readonly version?: string;
  /** How the source scales its rows, written into the checkpoints. */
  readonly scaling?: Scaling;
  /** What the recorded rows are, written to the runs (see `rowsOfRun`). */
  readonly rows?: string | undefined;
  /** Rows that are not trained on, to validate on. */
  readonly validation?: ValidationRows | undefined;
  /** The language model that the rows come from. */
  readonly text?: TextModelOfRows;
  readonly signal?: AbortSignal;
}

/** One run of the group while it trains. */
export interface Member extends TrainingState {
  readonly config: FittedConfig;
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

/** A run that is to be trained, and the unfinished one that it goes on with. */
export interface RunToTrain {
  readonly config: FittedConfig;
  readonly found: RunRecord | undefined;
}

/**
 * Make the run directories of a group, or take up the unfinished runs that were found, and bring its coders to the step where they
 * stopped.
 */
export async function openMembers(
  wanted: readonly RunToTrain[],
  stream: StreamSeeds,
  source: ActivationSource,
  options: GroupOptions,
): Promise<OpenGroup> {
  const configs = wanted.map(({ config }) => config);
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
    const { version = packageVersion(), kernels } = options;
    const { length, leftOut } = source;
    const ignored = leftOut === undefined ? undefined : { rows: leftOut, of: length + leftOut };
    const about = { version, kernels: kernels.name, rows: options.rows, ignored };
    // Looked at first: a run directory is made for runs that can begin.
    const connections: (SparseConnection | undefined)[] = [];
    const origins: (SparseCoder | undefined)[] = [];
    for (const config of configs) {
      const dIn = checkedWidth(config.sae, source.dModel);
      const dOut = source.dTarget ?? dIn;
      resolveObjective(config.objective, checkedLatents(config.sae, dIn, dOut));
      connections.push(await sparseConnectionOf(config, dOut, options));
      // Runs of a group go on from the same coder.
      origins.push(origins[0] ?? (await coderToStartFrom(config, { dIn, dOut }, options)));
    }
    for (const { config, found } of wanted) {
      runs.push(await openRunDirectory(config, { ...about, stream, found }));
    }
    if (options.validation !== undefined) {
      for (const run of runs) await recordValidation(run, options.validation);
    }
    const start = commonStep(await Promise.all(runs.map(stepsOf)));
    const wantedRows = configs.map(({ sae }) => (sae.dataBlend > 0 ? latentsOf(sae, source) : 0));
    const rows =
      start > 0 ? undefined : await startRows(wantedRows, source, stream.saeSeed, options.signal);
    const typical =
      start > 0 ? undefined : await typicalRows(configs, source, stream.saeSeed, options.signal);
    for (const [i, config] of configs.entries()) {
      const learner = await makeLearner(config, source, options.kernels, {
        typical: typical?.[i],
        rows: rows?.[i],
        sparseConnection: connections[i],
        origin: origins[i],
      });
      const activity = newActivity(learner.device.shape.dSae);
      const run = runs[i]!;
      const { tensorboard, metricNames: scheme } = config;
      const metrics = await openMetrics(run, { resumeStep: start, tensorboard, config, scheme });
      const first = { rate: FIRST_RATE, held: FIRST_HOLD };
      const member: Member = { config, run, learner, metrics, activity, ...first };
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

async function stepsOf({ resumed, file }: RunDirectory): Promise<number[]> {
  return resumed ? savedSteps(file('state')) : [];
}
