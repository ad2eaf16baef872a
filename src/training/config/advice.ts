// What is wrong with a coder that has been trained, as its evaluation shows, and which setting mends it.
import { number, percent, short } from '../../base/text.ts';
import { resolveActivation } from '../../sae/activation-functions/resolve.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import { type FittedConfig, type RowsToFit, stepsOf } from './fitting.ts';
import { learningRateAt } from './schedules.ts';

/** What advice is given on: a run's settings and how good its coder is. */
interface Judged {
  readonly config: FittedConfig;
  readonly evaluation: Pick<Evaluation, 'l0' | 'normalizedMse' | 'nDead' | 'freqs'>;
}

/** Say in a sentence each what of a trained coder is bad, worst first; empty where it is worth looking at. */
export function adviceOn({ config, evaluation }: Judged, source: RowsToFit): string[] {
  const { normalizedMse, l0, nDead } = evaluation;
  const dSae = evaluation.freqs.length;
  const advice: string[] = [];
  if (!Number.isFinite(normalizedMse)) {
    return [`training broke down (normalised MSE ${normalizedMse}): lower --lr (now ${config.lr})`];
  }
  if (normalizedMse > 1) {
    // What has not learnt anything is dense and dead as it began, which says nothing more.
    return [
      `it reconstructs worse than the mean of the rows does (normalised MSE ${short(normalizedMse)}): ${longerOrFaster(config, source)}`,
    ];
  }
  if (normalizedMse > 0.5) {
    advice.push(
      `it leaves ${percent(normalizedMse, 0)} of the variance unexplained: ${lessSparse(config)}, or raise --n-patches`,
    );
  }
  if (l0 > Math.min(source.dModel, dSae) / 2) {
    advice.push(
      `codes are dense, ${number(l0)} of ${number(dSae)} latents on a row: ${moreSparse(config)}`,
    );
  } else if (l0 < 1) {
    advice.push(`most codes are empty, ${short(l0)} latents on a row: ${lessSparse(config)}`);
  }
  if (nDead > dSae / 2) {
    advice.push(
      `${number(nDead)} of ${number(dSae)} latents never fire: ${config.aux === 'none' ? 'revive them (--aux saev), ' : ''}lower --sae.exp-factor, or ${lessSparse(config)}`,
    );
  }
  return advice;
}

/** What a coder lacks that has not learnt enough. */
function longerOrFaster(config: FittedConfig, source: RowsToFit): string {
  const { lrSchedule, nLrWarmup, lr } = config;
  const nSteps = stepsOf(config, source);
  const last = learningRateAt(nSteps - 1, lr, nLrWarmup);
  if (lrSchedule === 'warmup' && last < lr / 2) {
    return `the learning rate had reached ${short(last)} of ${lr} when it ended: lower --n-lr-warmup (now ${number(nLrWarmup)}), or raise --n-patches`;
  }
  return `raise --n-patches (now ${number(config.nPatches)}) or --lr (now ${lr})`;
}

/** What a run lacks whose coefficient had not found its value. */
function longerToHold(holdL0: number): string {
  return `raise --n-patches or --objective.sparsity-coeff, for L0 to come down to --hold-l0 (${holdL0})`;
}

function moreSparse({ sae, objective, holdL0 }: FittedConfig): string {
  if (holdL0 !== undefined) return longerToHold(holdL0);
  if ('targetL0' in sae && sae.targetL0 !== undefined) {
    const { targetWeight = 1 } = sae;
    return `raise --n-patches or --sae.target-weight (now ${targetWeight}), for L0 to come down to --sae.target-l0 (${sae.targetL0})`;
  }
  if ('k' in sae) return `lower --sae.k (now ${sae.k})`;
  return `raise --objective.sparsity-coeff (now ${objective.sparsityCoeff}), or train with sae:batchtopk`;
}

function lessSparse({ sae, objective, holdL0 }: FittedConfig): string {
  if (holdL0 !== undefined) return `raise --hold-l0 (now ${holdL0})`;
  if ('targetL0' in sae && sae.targetL0 !== undefined) {
    return `raise --sae.target-l0 (now ${sae.targetL0})`;
  }
  if ('k' in sae) return `raise --sae.k (now ${sae.k})`;
  const isPenalised = resolveActivation(sae).penalty !== 'none';
  return isPenalised
    ? `lower --objective.sparsity-coeff (now ${objective.sparsityCoeff})`
    : 'train longer';
}
