// Sweeps: a table with lists becomes one table a combination, each a run with its own seeds; runs that can share a
// stream of data are grouped.
import type { DataLoad } from '../../activations/config.ts';
import type { Setting } from '../../base/config/flags.ts';
import { nothingSet, overlay, settingsOf, type Values } from '../../base/config/layers.ts';
import { resolveConfig } from '../../base/config/load.ts';
import { lookUp, shapeOf } from '../../base/config/shape.ts';
import { describeError, UserError } from '../../base/errors.ts';
import { stableJson } from '../../base/json.ts';
import { TrainConfig } from './train-config.ts';

/**
 * Expand the lists in a (nested) table into one table for each combination. Keys that come first vary slowest, and a
 * list inside a table counts as standing at the table's place, as in saev's sweeps.
 */
export function* expand(sweep: Values): Generator<Values> {
  const entries = Object.entries(sweep);
  const last = entries.pop();
  if (last === undefined) {
    yield {};
    return;
  }
  const [key, value] = last;
  const choices = Array.isArray(value) ? value : isTable(value) ? [...expand(value)] : [value];
  for (const rest of expand(Object.fromEntries(entries))) {
    for (const choice of choices) yield { ...rest, [key]: choice };
  }
}

/** The runs of a sweep, and what is wrong with those that cannot run. */
export interface Grid {
  readonly configs: TrainConfig[];
  readonly errors: string[];
}

/** Most runs of one sweep; more is a slip of the hand. */
const MOST_RUNS = 100_000;

/**
 * Make one training job for each combination of `sweep`, laid over `base`; `name` stands for the sweep in errors.
 *
 * Run `d` (from 0) gets the seed `seed + d`; where the sweep says anything about the autoencoder, its seed is
 * `sae.seed + seed + d`. Runs over a list of seeds have those seeds, and initial weights by `sae.seed + seed`: they share
 * the order of their rows, as all runs of a group do.
 * @throws {UserError} for a key that training does not know, and for a sweep of more than 100,000 runs.
 */
export function grid(base: Values, sweep: Values, name = 'sweep'): Grid {
  const table = shapeOf(TrainConfig);
  const below = overlay(nothingSet, settingsOf(base, table, 'base'), table);
  const { seed } = resolveConfig(TrainConfig, below, table);
  const runs = countRuns(sweep);
  if (runs > MOST_RUNS) throw new UserError(`invalid ${name}: it makes ${runs} runs`);
  const isSeedSwept = Array.isArray(sweep.seed);
  const configs: TrainConfig[] = [];
  const errors: string[] = [];
  for (const [d, values] of [...expand(sweep)].entries()) {
    const run = overlay(below, settingsOf(values, table, name), table);
    try {
      const config = resolveConfig(TrainConfig, run, table);
      const seeds: Setting[] = [];
      const saeSeed = isSeedSwept ? config.seed : seed + d;
      if (!isSeedSwept) seeds.push({ path: ['seed'], value: config.seed + d, source: name });
      if (isSeedSwept || changesSae(values)) {
        seeds.push({ path: ['sae', 'seed'], value: config.sae.seed + saeSeed, source: name });
      }
      configs.push(resolveConfig(TrainConfig, overlay(run, seeds, table), table));
    } catch (error) {
      errors.push(describeError(error));
    }
  }
  return { configs, errors };
}

function countRuns(sweep: Values): number {
  return Object.values(sweep).reduce<number>((product, value) => {
    if (Array.isArray(value)) return product * value.length;
    return isTable(value) ? product * countRuns(value) : product;
  }, 1);
}

function changesSae(values: Values): boolean {
  const sae = lookUp(new Map(Object.entries(values)), 'sae')?.[1];
  return isTable(sae) && Object.keys(sae).length > 0;
}

/** Settings in which runs must agree to be trained together on one stream of data. */
const SHARED = [
  'from',
  'bufferMemory',
  'nWorkers',
  'nPatches',
  'saeBatchSize',
  'track',
  'wandb',
  'wandbProject',
  'wandbEntity',
  'wandbName',
  'wandbGroup',
  'wandbNotes',
  'tag',
  'logEvery',
  'runRoot',
  'tensorboard',
  'metricNames',
  'checkpointEvery',
  'nCheckpoints',
  'nEvalRows',
  'nEvalContexts',
  'evalEvery',
  'valData',
  'valShare',
  'valSeed',
  'valEvery',
  'nValRows',
  'resume',
  'threads',
  'device',
  'slurm',
  'slurmAcct',
  'slurmPartition',
  'nHours',
  'logTo',
] as const satisfies readonly (keyof TrainConfig)[];
const SHARED_SAE = [
  'expFactor',
  'dVit',
  'dSae',
] as const satisfies readonly (keyof TrainConfig['sae'])[];

/** Settings of data in which runs may differ that train side by side: which rows of the same examples, and how they are scaled. */
const OF_ROWS = [
  'layer',
  'target',
  'head',
  'patches',
  'clamp',
  'nRandomSamples',
  'scaleMean',
  'scaleNorm',
] as const satisfies readonly (keyof DataLoad)[];

/** What runs must read alike to share a pass: the examples, and the model where one runs along. */
function examplesOf({ data }: TrainConfig): unknown {
  const own = new Set<string>(OF_ROWS);
  return Object.fromEntries(Object.entries(data).filter(([name]) => !own.has(name)));
}

/**
 * Group runs that may be trained together, in the order in which each group's first run stands: on the same rows, or side by side on
 * rows of several hook points of the same examples.
 */
export function splitConfigs(configs: readonly TrainConfig[]): TrainConfig[][] {
  const groups = new Map<string, TrainConfig[]>();
  for (const config of configs) {
    const key = stableJson([
      examplesOf(config),
      ...SHARED.map((name) => config[name]),
      ...SHARED_SAE.map((name) => config.sae[name]),
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [config]);
    else group.push(config);
  }
  return [...groups.values()];
}

function isTable(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
