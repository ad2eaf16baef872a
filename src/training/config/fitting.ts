// What a run does where its settings say nothing: as saev's Python in a long run, and in a short one what it has time for.

import { scalesByDefault } from '../../activations/reading/scaling.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { UserError } from '../../base/errors.ts';
import { counted, number, percent, short } from '../../base/text.ts';
import { chosenSettings, resolveActivation } from '../../sae/activation-functions/resolve.ts';
import { chosenOfObjective } from '../../sae/learning/objectives/resolve.ts';
import { countBatches, streamOf } from '../group/batches.ts';
import { checkWarmup } from './checks.ts';
import { errorScaleOf } from './learner-options.ts';
import { WITH_WARMUP } from './schedules.ts';
import type { TrainConfig } from './train-config.ts';

/** Python's defaults, for a hundred million rows. */
export const LONG_RUN = {
  nPatches: 100_000_000,
  saeBatchSize: 1024 * 16,
  lr: 4e-4,
  nLrWarmup: 500,
  sparsityCoeff: 4e-4,
} as const;

/** Steps from which a run is long: those defaults make 6,104. */
const LONG = 6000;

/** Settings with nothing left open. */
export type FittedConfig = TrainConfig & {
  readonly nPatches: number;
  readonly saeBatchSize: number;
  readonly lr: number;
  readonly nLrWarmup: number;
  readonly gradClip?: number | undefined;
  /** Where `aux` is not none. */
  readonly auxAfter?: number;
  readonly objective: { readonly sparsityCoeff: number };
};

/** What of a source decides: rows of one pass, their width, and whether they are of texts. */
export type RowsToFit = Pick<
  ActivationSource,
  'length' | 'dModel' | 'contexts' | 'dTarget' | 'isDrawn'
>;

/** Tell whether settings leave nothing open. */
export function isFitted(config: TrainConfig): config is FittedConfig {
  const { nPatches, saeBatchSize, lr, nLrWarmup, objective, sae } = config;
  const isOpen = Object.keys(chosenSettings(sae, { isScaled: true })).length > 0;
  const stepsAreOpen = Object.keys(chosenOfObjective(objective, 1)).length > 0;
  const numbers = [nPatches, saeBatchSize, lr, nLrWarmup, objective.sparsityCoeff];
  const auxIsOpen = config.aux !== 'none' && config.auxAfter === undefined;
  const clipIsOpen = config.gradClip === 'auto';
  return (
    !isOpen &&
    !auxIsOpen &&
    !clipIsOpen &&
    !stepsAreOpen &&
    numbers.every((value) => value !== undefined)
  );
}

/**
 * Choose what settings leave open by the rows that there are. What is given stays. A run of 6,000 steps or more gets
 * Python's defaults; a shorter one
 *
 * - reads a hundred passes, at least a million rows, in batches (256 to 16,384) that make about 2,000 steps,
 * - warms up over a tenth of its steps, at most 500,
 * - learns faster: `lr = 4e-4 √(6000 / steps)`, at most eightfold,
 * - and is pressed harder, where Σ f or the sum of gates is penalised: `7.8e-4 √(1024 / d) (latents / d)^¼ (6000 / steps)^0.4`; for texts,
 *   whose errors are divided by norms, as in a long run.
 *
 * JumpReLU, which Python's saev does not have, is pressed by its thresholds: they start higher on scaled rows, in runs of
 * every length, and its coefficient is that of a long run.
 * A run that goes on from a coder (`from`) has the rate and the pressure of a long one.
 *
 * @throws {UserError} for a given warm-up that leaves nothing of a schedule which decays after it, and for an L0 to hold
 * that is as large as the coder.
 */
export function fitConfig(config: TrainConfig, source: RowsToFit): FittedConfig {
  const { objective, gradClip: clip, ...others } = config;
  const nPatches = config.nPatches ?? rowsFor(source.length);
  const saeBatchSize = config.saeBatchSize ?? batchFor(nPatches);
  const nSteps = stepsOf({ nPatches, saeBatchSize }, source);
  // A coder that is trained already need not hurry.
  const hurry = config.from === undefined ? Math.max(1, LONG / nSteps) : 1;
  const { dTarget: dOut = source.dModel } = source;
  const gradClip = clip === 'auto' ? 1 / dOut : clip;
  const lr = config.lr ?? rounded(LONG_RUN.lr * Math.min(8, Math.sqrt(hurry)));
  const nLrWarmup = config.nLrWarmup ?? warmupFor(nSteps);
  const sparsityCoeff = objective.sparsityCoeff ?? sparsityFor(hurry, config, source);
  const sae = {
    ...config.sae,
    ...chosenSettings(config.sae, { isScaled: isScaled(config, source) }),
  };
  const fitted = {
    ...others,
    sae,
    nPatches,
    saeBatchSize,
    lr,
    nLrWarmup,
    ...(gradClip !== undefined && { gradClip }),
    ...(config.aux === 'none' ? {} : { auxAfter: config.auxAfter ?? deadAfter(nPatches) }),
    objective: { ...objective, ...chosenOfObjective(objective, nSteps), sparsityCoeff },
  };
  checkWarmup(fitted, nSteps);
  checkHeldL0(fitted, source);
  return fitted;
}

function checkHeldL0({ holdL0, sae }: FittedConfig, { dModel }: RowsToFit): void {
  const nLatents = sae.dSae ?? sae.expFactor * dModel;
  if (holdL0 === undefined || holdL0 < nLatents) return;
  throw new UserError(`invalid holdL0: ${holdL0}, but the coder has ${number(nLatents)} latents`, {
    hint: 'it is how many of them fire on a row: lower it, or raise sae.expFactor',
  });
}

/** Steps of a run on `source`. */
export function stepsOf(
  config: Pick<FittedConfig, 'nPatches' | 'saeBatchSize'>,
  source: Pick<RowsToFit, 'length' | 'contexts'>,
): number {
  return countBatches(streamOf(config, source));
}

/** A hundred passes, but at least a million rows and at most Python's hundred million. */
function rowsFor(length: number): number {
  return Math.min(LONG_RUN.nPatches, Math.max(1_000_000, 100 * length));
}

/** The power of two that makes about 2,000 steps. */
function batchFor(nPatches: number): number {
  const nearest = 2 ** Math.round(Math.log2(nPatches / 2000));
  return Math.min(LONG_RUN.saeBatchSize, Math.max(256, nearest));
}

/** Rows without firing after which a latent is dead: ten million, as everybody has it, less in a short run. */
function deadAfter(nPatches: number): number {
  return Math.max(1, Math.min(10_000_000, Math.floor(nPatches / 10)));
}

function warmupFor(nSteps: number): number {
  return Math.min(LONG_RUN.nLrWarmup, Math.max(1, Math.floor(nSteps / 10)));
}

function sparsityFor(hurry: number, config: TrainConfig, source: RowsToFit): number {
  const { sae } = config;
  if ('targetL0' in sae && sae.targetL0 !== undefined) return sae.targetWeight ?? 1;
  const isOfSums = ['l1', 'gates'].includes(resolveActivation(sae).penalty);
  if (hurry === 1 || !isOfSums || errorScaleOf(config, source) !== 'none') {
    return LONG_RUN.sparsityCoeff;
  }
  const { dModel } = source;
  const perDimension = sae.dSae === undefined ? sae.expFactor : sae.dSae / dModel;
  return rounded(
    7.8e-4 * Math.sqrt(1024 / Math.max(64, dModel)) * perDimension ** 0.25 * hurry ** 0.4,
  );
}

/** Whether rows are scaled to a norm of about √d, and errors are those of such rows. */
function isScaled(config: TrainConfig, source: RowsToFit): boolean {
  const { scaleNorm = scalesByDefault(source) } = config.data;
  return scaleNorm !== false && errorScaleOf(config, source) === 'none';
}

/** With two digits that count: what is chosen by rule of thumb should look like it. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** Say what of given settings will not go well, and which flag mends it. */
export function warningsOf(config: FittedConfig, source: RowsToFit): string[] {
  const nSteps = stepsOf(config, source);
  const { nLrWarmup, lrSchedule, saeBatchSize, nPatches } = config;
  const warnings: string[] = [];
  if (WITH_WARMUP.includes(lrSchedule) && nLrWarmup > nSteps / 4) {
    const share = nLrWarmup >= nSteps ? 'all' : percent(nLrWarmup / nSteps, 0);
    warnings.push(
      `the learning rate rises over ${number(nLrWarmup)} steps, ${share} of the ${number(nSteps)} that there are: lower --n-lr-warmup (${warmupFor(nSteps)} would fit), or raise --n-patches`,
    );
  }
  if (nSteps < 50 && nPatches > saeBatchSize) {
    warnings.push(
      `${counted(nSteps, 'step')} will hardly train anything: raise --n-patches, or lower --sae-batch-size (now ${number(saeBatchSize)})`,
    );
  }
  const { learnThreshold } = resolveActivation(config.sae);
  if (learnThreshold?.({ now: undefined, smallest: 1, step: nSteps }) === undefined) {
    if (learnThreshold !== undefined)
      warnings.push(
        `the finished coder will have no threshold: the mean of this rule begins after the ${number(nSteps)} steps that there are: lower --sae.threshold-after, or take --sae.threshold-rule saev`,
      );
  }
  return warnings;
}

/**
 * Say in a line what a run will do, and what was chosen for it because nothing was given; in brackets what a long run
 * does.
 */
export function planText(asked: TrainConfig, fitted: FittedConfig, source: RowsToFit): string {
  const nSteps = stepsOf(fitted, source);
  const passes = (nSteps * fitted.saeBatchSize) / source.length;
  const over = `${counted(passes, 'pass', 'passes')} over ${number(source.length)}`;
  const of = `${counted(nSteps, 'step')} of ${counted(fitted.saeBatchSize, 'row')}, ${source.isDrawn === true ? 'each drawn anew' : over}`;
  const chosen = [
    ['lr', asked.lr, fitted.lr, LONG_RUN.lr],
    ['warm-up', asked.nLrWarmup, fitted.nLrWarmup, LONG_RUN.nLrWarmup],
    [
      'sparsity',
      asked.objective.sparsityCoeff,
      fitted.objective.sparsityCoeff,
      LONG_RUN.sparsityCoeff,
    ],
  ] as const;
  const words = chosen
    .filter(([, given, value, long]) => given === undefined && value !== long)
    .map(([name, , value, long]) => `${name} ${short(value)} (${short(long)} in a long run)`);
  const few = words.length === 0 ? '' : `; chosen for so few: ${words.join(', ')}`;
  return `${of}${few}${thresholdsText(asked, fitted)}`;
}

/** What was chosen of an activation function, in runs of any length. */
function thresholdsText(asked: TrainConfig, { sae }: FittedConfig): string {
  const given = new Map<string, unknown>(Object.entries(asked.sae));
  const own = Object.entries(sae).filter(([name]) => given.get(name) === undefined);
  if (own.length === 0) return '';
  return `; chosen for ${sae.kind}: ${own.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}
