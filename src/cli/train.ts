// saev train: train sparse autoencoders, one or a sweep.
import { parse } from 'node:path';
import { z } from 'zod';
import { onlyLayer } from '../activations/find-shards.ts';
import type { Values } from '../base/config/layers.ts';
import { readConfigFile } from '../base/config/load.ts';
import { UserError } from '../base/errors.ts';
import { logger } from '../base/log.ts';
import { number, short } from '../base/text.ts';
import { grid, splitConfigs } from '../training/config/sweep.ts';
import { TrainConfig } from '../training/config/train-config.ts';
import type { TrainedRun } from '../training/group/finish.ts';
import { numbersOf } from './inspect/numbers.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

const log = logger('train');

const group = { group: 'Command' };

export const command: Command = defineJob({
  name: 'train',
  schema: TrainConfig,
  flags: {
    sweep: z
      .string()
      .min(1)
      .optional()
      .describe(
        'TOML or JSON file whose lists are expanded into runs, laid over all other settings.',
      )
      .meta(group),
    group: z
      .int()
      .min(0)
      .optional()
      .describe('Train only this group of a sweep, from 0: runs of a group share their data.')
      .meta(group),
  },
  notes: [
    'Example: saev train --data.shard-root shards/4f0a… --sae.exp-factor 16 --objective.sparsity-coeff 4e-4',
    'On texts: saev train --data.language.model gpt2 --data.layer blocks.8.ln2.hook_normalized --data.target blocks.8.hook_mlp_out --objective.sparsity-coeff 1.4e-4',
    'A run that was stopped goes on where it stood when the same command is given with --resume.',
  ],
  choose: {
    async from(names, { data }) {
      const { chooseCoder } = await import('../training/runs/choose-coder.ts');
      const { readersOf } = await import('../visuals/data-of-run.ts');
      return chooseCoder(names, await readersOf(data));
    },
  },
  async prepare({ config: asked, flags, input: given }) {
    const input = await withOrigin(await withOnlyLayer(given, asked), asked);
    const config = input === given ? asked : TrainConfig.parse(input);
    const configs = flags.sweep === undefined ? [config] : await readSweep(input, flags.sweep);
    const groups = splitConfigs(configs);
    if (flags.group !== undefined) return { config, configs: chooseGroup(groups, flags.group) };
    return { config, configs, tasks: groups.length > 1 ? groups.length : undefined };
  },
  batch: ({ config, tasks }) => ({ ...config, tasks }),
  whenInterrupted: 'The same command with --resume goes on from the last checkpoint.',
  async run({ configs }, { signal }) {
    const { train } = await import('../training/train.ts');
    return train(configs, { signal });
  },
  data: (runs) =>
    runs.map(({ id, path, config, evaluation }) => ({
      id,
      path,
      config,
      evaluation: {
        ...numbersOf(evaluation),
        ...(evaluation.validation && { validation: evaluation.validation }),
      },
    })),
  lines: (runs) => runs.map(describeRun),
});

/** Read the only layer that was recorded, where none is named. */
async function withOnlyLayer(input: Values, { data }: TrainConfig): Promise<Values> {
  const own = (input.data ?? {}) as Values;
  const isOpen = ['layer', 'live', 'language'].every((name) => own[name] === undefined);
  const layer = isOpen ? await onlyLayer(data.shardRoot, data.layer) : undefined;
  if (layer === undefined) return input;
  log.info(`reading layer ${layer}, the only one that was recorded`);
  return { ...input, data: { ...own, layer } };
}

/** Lay the settings under those of the coder that training goes on from. */
async function withOrigin(input: Values, { from }: TrainConfig): Promise<Values> {
  if (from === undefined) return input;
  const { settingsOfCoder } = await import('../training/config/from-coder.ts');
  const found = await settingsOfCoder(from);
  const sae = (input.sae ?? {}) as Values;
  const data = (input.data ?? {}) as Values;
  const { dSae, inputBias, ...activation } = found.sae as Values;
  // What is said of the size or the kind stands alone: the rest of the other would not fit it.
  const size = sae.expFactor === undefined ? { dSae } : {};
  const kind = sae.kind === undefined || sae.kind === activation.kind ? activation : {};
  return {
    ...input,
    data: { ...found.data, ...data },
    objective: { ...found.objective, ...(input.objective as Values | undefined) },
    sae: { ...size, inputBias, ...kind, ...sae },
  };
}

async function readSweep(base: Values, path: string): Promise<TrainConfig[]> {
  const { configs, errors } = grid(base, await readConfigFile(path), path);
  const name = parse(path).name;
  if (errors.length === 0) {
    return configs.map((run) => (run.wandb ? { wandbGroup: name, ...run } : run));
  }
  const total = configs.length + errors.length;
  throw new UserError(`invalid sweep: ${errors.length} of the ${total} runs of '${path}'`, {
    hint: [...new Set(errors)].slice(0, 5).join('\n  '),
  });
}

function chooseGroup(groups: TrainConfig[][], index: number): TrainConfig[] {
  const group = groups[index];
  if (group !== undefined) return group;
  throw new UserError(`invalid group: ${index} (--group); the sweep has ${groups.length} groups`);
}

function describeRun({ path, config, evaluation }: TrainedRun): string {
  const { l0, normalizedMse, nDead, nDense, ceLossClean, ceLossReplaced } = evaluation;
  const { validation } = evaluation;
  const apart =
    validation === undefined
      ? ''
      : ` (${short(validation.normalizedMse)} on ${number(validation.rows)} rows that were not trained on)`;
  const latents = `${nDead} dead, ${nDense} dense latents`;
  const loss =
    ceLossClean === undefined || ceLossReplaced === undefined
      ? ''
      : `, loss of the model ${short(ceLossClean)} and ${short(ceLossReplaced)} with the coder in place`;
  const { sae, objective } = config;
  const sparse = 'k' in sae ? `k ${sae.k}` : `sparsity ${objective.sparsityCoeff}`;
  return `${path}: ${sparse}, lr ${config.lr}, L0 ${short(l0)}, normalised MSE ${short(normalizedMse)}${apart}, ${latents}${loss}`;
}
