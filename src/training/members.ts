// The members of a group: their run directories, where they go on from, and their coders.
import type { Scaling } from '../activations/scaling.ts';
import type { ActivationSource } from '../activations/types.ts';
import { packageVersion } from '../base/version.ts';
import type { Kernels } from '../compute/kernels/types.ts';
import { initWeights } from '../sae/init.ts';
import { createLearner, type Learner } from '../sae/learner.ts';
import type { TrainConfig } from './config.ts';
import { type MetricsLog, openMetrics } from './metrics.ts';
import { openRunDirectory, type RunDirectory } from './run-directory.ts';
import { activationOf, checkedWidth } from './sae-options.ts';
import { restoreState, savedSteps } from './state.ts';

/** What the runs of a group share. */
export interface GroupOptions {
  readonly kernels: Kernels;
  /** Version of the program, written to the runs. @default that of this package */
  readonly version?: string;
  /** How the source scales its rows, written into the checkpoints. */
  readonly scaling?: Scaling;
  readonly signal?: AbortSignal;
}

/** One run of the group while it trains. */
export interface Member {
  readonly config: TrainConfig;
  readonly run: RunDirectory;
  readonly learner: Learner;
  readonly metrics: MetricsLog;
}

/** The runs of a group, ready to train from step `start`. */
export interface OpenGroup {
  readonly members: readonly Member[];
  readonly start: number;
  /** Free the coders and let other processes have the run directories. */
  close(): Promise<void>;
}

/** Make or take up the run directories of a group and bring its coders to the step where they stopped. */
export async function openMembers(
  configs: readonly TrainConfig[],
  source: ActivationSource,
  options: GroupOptions,
): Promise<OpenGroup> {
  const runs: RunDirectory[] = [];
  const members: Member[] = [];
  const close = async (): Promise<void> => {
    for (const { learner, metrics } of members) {
      learner.close();
      await metrics.close();
    }
    for (const run of runs) await run.release();
  };
  try {
    const { version = packageVersion(), kernels } = options;
    const about = { version, kernels: kernels.name };
    for (const config of configs) runs.push(await openRunDirectory(config, about));
    const start = await commonStep(runs);
    const means = start > 0 ? undefined : await reinitMeans(configs, source, options.signal);
    for (const [i, config] of configs.entries()) {
      const learner = await makeLearner(config, source.dModel, means?.[i], options.kernels);
      const run = runs[i]!;
      const { tensorboard } = config;
      const metrics = await openMetrics(run, { resumeStep: start, tensorboard });
      members.push({ config, run, learner, metrics });
      if (start > 0) await restoreState(run.file('state'), start, learner);
    }
    return { members, start, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The last step of which every run has a whole state; 0: all begin anew. */
async function commonStep(runs: readonly RunDirectory[]): Promise<number> {
  const saved = await Promise.all(
    runs.map((run) =>
      run.resumed ? savedSteps(run.file('state')) : Promise.resolve<number[]>([]),
    ),
  );
  const [first, ...others] = saved;
  return first?.filter((step) => others.every((steps) => steps.includes(step))).at(-1) ?? 0;
}

async function makeLearner(
  config: TrainConfig,
  dModel: number,
  bDec: Float32Array | undefined,
  kernels: Kernels,
): Promise<Learner> {
  const { sae, objective } = config;
  const dIn = checkedWidth(sae, dModel);
  const dSae = sae.dSae ?? dIn * sae.expFactor;
  const threshold = sae.kind === 'jumprelu' ? sae.threshold : undefined;
  return createLearner(kernels, {
    dIn,
    dOut: dIn,
    dSae,
    activation: activationOf(sae),
    objective,
    inputBias: 'decoder',
    removeParallelGrads: sae.removeParallelGrads,
    normalizeWDec: sae.normalizeWDec,
    maxRows: config.saeBatchSize,
    weights: initWeights({ dIn, dOut: dIn, dSae, seed: sae.seed, bDec, threshold }),
    seed: sae.seed,
  });
}

/** Mean of the first `nReinitSamples` rows of one shuffled read, for each run; undefined where b_dec starts at 0. */
async function reinitMeans(
  configs: readonly TrainConfig[],
  source: ActivationSource,
  signal: AbortSignal | undefined,
): Promise<(Float32Array | undefined)[]> {
  const wanted = configs.map(({ sae }) => Math.min(sae.nReinitSamples, source.length));
  const most = Math.max(...wanted);
  const d = source.dModel;
  const sums = wanted.map(() => new Float64Array(d));
  let seen = 0;
  const batches = source.batches({ batchSize: 4096, shuffleSeed: configs[0]!.sae.seed, signal });
  for await (const { acts } of most === 0 ? [] : batches) {
    for (let r = 0; r < acts.length / d && seen < most; r++, seen++) {
      for (const [i, sum] of sums.entries()) {
        if (seen >= wanted[i]!) continue;
        for (let j = 0; j < d; j++) sum[j]! += acts[r * d + j]!;
      }
    }
    if (seen >= most) break;
  }
  return wanted.map((n, i) => (n === 0 ? undefined : Float32Array.from(sums[i]!, (s) => s / n)));
}
