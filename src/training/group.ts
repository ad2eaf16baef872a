// Trains the coders of a group on one stream of batches: the data is read once for all of them.
import { rm } from 'node:fs/promises';
import type { Scaling } from '../activations/scaling.ts';
import type { ActivationBatch, ActivationSource } from '../activations/types.ts';
import { writeJsonAtomic } from '../base/files.ts';
import { logger } from '../base/log.ts';
import { startProgress } from '../base/progress.ts';
import type { Kernels } from '../compute/kernels/types.ts';
import { writeSafetensors } from '../formats/safetensors.ts';
import { writeCheckpoint } from '../sae/checkpoints/checkpoints.ts';
import { initWeights } from '../sae/init.ts';
import { createLearner, type Learner, type Losses } from '../sae/learner.ts';
import { countBatches, limitBatches, rowsIn } from './batches.ts';
import type { TrainConfig } from './config.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type Metrics, type MetricsLog, openMetrics } from './metrics.ts';
import { openRunDirectory, type RunDirectory } from './run-directory.ts';
import { activationOf, checkedWidth } from './sae-options.ts';
import { learningRateAt, sparsityAt } from './schedules.ts';
import { keepOnlyState, restoreState, savedSteps, saveState } from './state.ts';

const log = logger('train');

export interface TrainedRun {
  readonly id: string;
  readonly path: string;
  readonly config: TrainConfig;
  readonly evaluation: Evaluation;
  /** Losses of the last step. */
  readonly losses: Losses | undefined;
}

export interface GroupOptions {
  readonly kernels: Kernels;
  readonly version: string;
  /** How the source scales its rows, written into the checkpoints. */
  readonly scaling?: Scaling;
  readonly signal?: AbortSignal;
}

/** One run of the group while it trains. */
interface Member {
  readonly config: TrainConfig;
  readonly run: RunDirectory;
  readonly learner: Learner;
  readonly metrics: MetricsLog;
}

/** Train, evaluate and write the runs of one group (see `splitConfigs`) on `source`. */
export async function trainGroup(
  configs: readonly TrainConfig[],
  source: ActivationSource,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const members: Member[] = [];
  try {
    const runs: RunDirectory[] = [];
    const about = { version: options.version, kernels: options.kernels.name };
    const release = (): Promise<unknown> => Promise.all(runs.map((run) => run.release()));
    try {
      for (const config of configs) runs.push(await openRunDirectory(config, about));
      const start = await commonStep(runs);
      const means = start > 0 ? undefined : await reinitMeans(configs, source, options.signal);
      for (const [i, config] of configs.entries()) {
        const learner = await makeLearner(config, source.dModel, means?.[i], options.kernels);
        const run = runs[i]!;
        if (start > 0) await restoreState(run.file('state'), start, learner);
        const { tensorboard } = config;
        const metrics = await openMetrics(run, { resumeStep: start, tensorboard });
        members.push({ config, run, learner, metrics });
      }
      if (start > 0) log.info(`going on from step ${start}`);
      return await trainMembers(members, source, start, options);
    } finally {
      await release();
    }
  } finally {
    for (const { learner, metrics } of members) {
      learner.close();
      await metrics.close();
    }
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
    subtractDecoderBias: true,
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

async function trainMembers(
  members: readonly Member[],
  source: ActivationSource,
  start: number,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  const { config } = members[0]!;
  const { signal } = options;
  const stream = {
    length: source.length,
    batchSize: config.saeBatchSize,
    nSamples: config.nPatches,
  };
  const total = countBatches(stream);
  const progress = startProgress('train', { total, unit: 'steps', done: start });
  let losses: Losses[] = [];
  let step = start;
  let nSeen = rowsIn(start, stream);
  try {
    for await (const { acts, targets } of trainingBatches(source, config, start, signal)) {
      losses = [];
      nSeen += acts.length / source.dModel;
      for (const { config: own, learner } of members) {
        losses.push(await learner.step(acts, targets, ratesAt(step, own)));
      }
      const { mse, l0 } = losses[0]!;
      progress.tick(1, `mse ${mse.toPrecision(3)}  l0 ${l0.toPrecision(3)}`);
      if (config.track && (step + 1) % config.logEvery === 0) {
        for (const [i, member] of members.entries()) {
          await member.metrics.write(step, trainingMetrics(losses[i]!, nSeen, step, member.config));
        }
      }
      step++;
      const due = config.checkpointEvery > 0 && step % config.checkpointEvery === 0;
      if (signal?.aborted === true || (due && step < total)) await saveMembers(members, step);
      if (signal?.aborted === true) {
        log.warn(`stopped at step ${step}; the same command with --resume goes on from there`);
        throw signal.reason;
      }
    }
  } finally {
    progress.end();
  }
  return finish(members, source, losses, step, options);
}

/** Batches of all passes, the first `start` left out. */
async function* trainingBatches(
  source: ActivationSource,
  config: TrainConfig,
  start: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ActivationBatch> {
  const { saeBatchSize: batchSize, nPatches: nSamples, seed } = config;
  let skip = start;
  let reader: AsyncIterator<ActivationBatch> | undefined;
  let pass = -1;
  try {
    for (const position of limitBatches({ length: source.length, batchSize, nSamples })) {
      if (skip > 0) {
        skip--;
        continue;
      }
      if (position.pass !== pass) {
        pass = position.pass;
        await reader?.return?.();
        const skipBatches = position.batch;
        const options = { batchSize, shuffleSeed: seed + pass, skipBatches, signal };
        reader = source.batches(options)[Symbol.asyncIterator]();
      }
      const next = await reader!.next();
      if (next.done === true) throw new Error('training: a pass ended before its last batch');
      yield next.value;
    }
  } finally {
    await reader?.return?.();
  }
}

function ratesAt(
  step: number,
  config: TrainConfig,
): { learningRate: number; sparsityCoeff: number } {
  return {
    learningRate: learningRateAt(step, config.lr, config.nLrWarmup),
    sparsityCoeff: sparsityAt(step, config.objective.sparsityCoeff, config.nSparsityWarmup),
  };
}

/** The names are those of the original's charts. */
function trainingMetrics(
  losses: Losses,
  nSeen: number,
  step: number,
  config: TrainConfig,
): Metrics {
  const { learningRate, sparsityCoeff } = ratesAt(step, config);
  return {
    'losses/mse': losses.mse,
    'losses/l1': losses.l1,
    'losses/sparsity': losses.sparsity,
    'losses/loss': losses.loss,
    'metrics/l0': losses.l0,
    'metrics/l1': losses.l1,
    'progress/n_patches_seen': nSeen,
    'progress/learning_rate': learningRate,
    'progress/sparsity_coeff': sparsityCoeff,
  };
}

/** Write the state of every run, then remove older ones: a kill in between leaves a step that all of them have. */
async function saveMembers(members: readonly Member[], step: number): Promise<void> {
  for (const { run, learner } of members) await saveState(run.file('state'), learner);
  for (const { run } of members) await keepOnlyState(run.file('state'), step);
}

async function finish(
  members: readonly Member[],
  source: ActivationSource,
  losses: readonly Losses[],
  step: number,
  options: GroupOptions,
): Promise<TrainedRun[]> {
  for (const { config, run, learner } of members) {
    const { scaling } = options;
    const coder = learner.coder(
      { trainer: 'saev', version: options.version, runId: run.id, trainConfig: config },
      scaling === undefined ? undefined : { mean: scaling.mean, scale: scaling.scalar },
    );
    await writeCheckpoint(coder, run.file('checkpoint'), 'saelens');
  }
  const evaluations = await evaluate(
    members.map(({ learner }) => ({
      dSae: learner.device.shape.dSae,
      evaluate: (acts, targets) => learner.evaluate(acts, targets),
    })),
    source,
    { batchSize: members[0]!.config.saeBatchSize, signal: options.signal },
  );
  const trained: TrainedRun[] = [];
  for (const [i, { config, run, metrics }] of members.entries()) {
    const evaluation = evaluations[i]!;
    await writeEvaluation(run, evaluation);
    await metrics.write(step, evaluationMetrics(evaluation));
    await run.update({ status: 'finished', finished: new Date().toISOString() });
    await rm(run.file('state'), { recursive: true, force: true });
    trained.push({ id: run.id, path: run.path, config, evaluation, losses: losses[i] });
  }
  return trained;
}

async function writeEvaluation(run: RunDirectory, evaluation: Evaluation): Promise<void> {
  const { freqs, meanValues, ...numbers } = evaluation;
  await writeSafetensors(
    run.file('eval.safetensors'),
    [
      ['freqs', { dtype: 'F32', shape: [freqs.length], data: freqs }],
      ['mean_values', { dtype: 'F32', shape: [meanValues.length], data: meanValues }],
    ],
    { metadata: {} },
  );
  await writeJsonAtomic(run.file('eval.json'), numbers);
}

function evaluationMetrics({ freqs: _, meanValues: __, ...numbers }: Evaluation): Metrics {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [`eval/${key}`, value]));
}
