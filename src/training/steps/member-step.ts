// One step of one run: dead latents started again, counts, rates, the update, and what the charts say of it.
import type { ActivationBatch } from '../../activations/types.ts';
import { logger } from '../../base/log.ts';
import type { Losses } from '../../sae/learning/losses.ts';
import type { LrPlan } from '../config/schedules.ts';
import type { Member, SharedOptions } from '../group/members.ts';
import type { Metrics } from '../runs/metric-table.ts';
import {
  countSilent,
  deadInWindow,
  endWindow,
  noteStep,
  notFiredFor,
  notFiredForRows,
  sparsityMetrics,
} from './activity.ts';
import { resampleDead } from './dead-latents.ts';
import { holdL0 } from './held-l0.ts';
import { nextRate, sparsityCoeffAt } from './rates.ts';

const log = logger('train');

/** What a step did. */
interface StepReport {
  readonly losses: Losses;
  readonly learningRate: number;
  readonly sparsityCoeff: number;
  /** Latents that had been silent for longer than `deadFeatureWindow` when the step began. */
  readonly nSilent: number;
  /** Numbers of rare events, written whenever they come. */
  readonly events: Metrics;
  /** Numbers of every latent at such events, by name. */
  readonly spreads: Readonly<Record<string, Float32Array>>;
}

/** Train a member on a batch, in the order of the original's loop (train_sae_on_language_model.py). */
export async function stepMember(
  member: Member,
  batch: Pick<ActivationBatch, 'acts' | 'targets'>,
  options: Pick<SharedOptions, 'kernels' | 'signal'> & {
    readonly step: number;
    readonly plan: LrPlan;
  },
): Promise<StepReport> {
  const { config, learner, activity } = member;
  const { step, plan } = options;
  const events: Record<string, number> = {};
  const spreads: Record<string, Float32Array> = {};
  let resampled = false;
  if (config.resampling !== 'none' && (step + 1) % config.deadFeatureWindow === 0) {
    const n = await resample(member, batch, options);
    resampled = n > 0;
    events['metrics/n_resampled_neurons'] = n;
  }
  if ((step + 1) % config.featureSamplingWindow === 0) {
    const sparsity = endWindow(activity);
    events['metrics/mean_log10_feature_sparsity'] =
      sparsity.reduce((a, b) => a + b, 0) / sparsity.length;
    spreads['plots/feature_density_line_chart'] = sparsity;
  }
  const { learningRate, position } = nextRate(member.rate, plan, resampled);
  member.rate = position;
  const sparsityCoeff = sparsityCoeffAt(step, config) * member.held.factor;
  const nSilent = countSilent(activity, config.deadFeatureWindow);
  const needsDead = config.sae.ghostGrads || learner.activation.preActCoeff > 0;
  const dead = needsDead ? notFiredFor(activity, config.deadFeatureWindow) : undefined;
  const { aux, auxAfter } = config;
  const explaining =
    aux === 'none' || auxAfter === undefined ? undefined : notFiredForRows(activity, auxAfter);
  const losses = await learner.step(batch.acts, batch.targets, {
    learningRate,
    sparsityCoeff,
    ...(dead === undefined ? {} : { dead }),
    ...(explaining === undefined ? {} : { explaining }),
  });
  const { holdL0: aim, nSparsityWarmup: after } = config;
  if (aim !== undefined) {
    member.held = holdL0(member.held, losses.l0, { aim, after, nSteps: plan.nSteps, step });
  }
  noteStep(activity, await learner.fired(), batch.acts.length / learner.device.shape.dIn);
  return { losses, learningRate, sparsityCoeff, nSilent, events, spreads };
}

async function resample(
  { config, rows, learner, activity }: Member,
  batch: Pick<ActivationBatch, 'acts' | 'targets'>,
  options: Pick<SharedOptions, 'kernels' | 'signal'> & { readonly step: number },
): Promise<number> {
  const { resampling: method, deadFeatureEstimation: estimation, deadFeatureThreshold } = config;
  if (method === 'none') return 0;
  const dead = deadInWindow(activity, { estimation, threshold: deadFeatureThreshold });
  if (dead.length === 0) return 0;
  const n = await resampleDead(learner, await learner.coder({}), dead, {
    method,
    scale: config.featureReinitScale,
    seed: config.seed,
    nRuns: config.resampleBatches,
    batch,
    ...options,
    ...(rows.text && { text: rows.text }),
  });
  log.info(`step ${options.step}: ${n} of ${dead.length} dead latents start again`);
  return n;
}

/** Numbers of a step, under the names that Python's saev gives them, or transcoder-circuits where saev has none. */
export function stepMetrics(
  { losses, learningRate, sparsityCoeff, nSilent }: StepReport,
  { activity, config, learner }: Pick<Member, 'activity' | 'config' | 'learner'>,
  nSeen: number,
): Metrics {
  return {
    'losses/mse': losses.mse,
    'losses/l1': losses.l1,
    'losses/sparsity': losses.sparsity,
    'losses/ghost_grad': losses.ghost,
    ...(config.aux === 'none' ? {} : { 'losses/aux': losses.aux }),
    ...(learner.activation.gates === undefined ? {} : { 'losses/gate': losses.gate }),
    ...(learner.activation.preActCoeff === 0 ? {} : { 'losses/pre_act': losses.preAct }),
    ...(config.sparseConnection === undefined
      ? {}
      : { 'losses/sparse_connection': losses.connection }),
    'losses/loss': losses.loss,
    'metrics/l0': losses.l0,
    'metrics/l1': losses.l1,
    ...(learner.threshold === undefined ? {} : { 'metrics/threshold': learner.threshold }),
    ...sparsityMetrics(activity, {
      nSilent,
      threshold: config.deadFeatureThreshold,
    }),
    'progress/n_patches_seen': nSeen,
    'progress/learning_rate': learningRate,
    'progress/sparsity_coeff': sparsityCoeff,
  };
}
