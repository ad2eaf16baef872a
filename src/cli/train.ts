// saev train: train sparse autoencoders, one or a sweep.
import { z } from 'zod';
import type { Values } from '../base/config/layers.ts';
import { readConfigFile } from '../base/config/load.ts';
import { UserError } from '../base/errors.ts';
import { short } from '../base/text.ts';
import { grid, splitConfigs } from '../training/config/sweep.ts';
import { TrainConfig } from '../training/config/train-config.ts';
import type { TrainedRun } from '../training/group/finish.ts';
import { runsAsBatch } from './batch.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';
import { numbersOf } from './numbers.ts';

const group = { group: 'Command' };

const flagSchema = z.strictObject({
  sweep: z
    .string()
    .min(1)
    .optional()
    .describe('TOML or JSON file whose lists are expanded into runs, laid over all other settings.')
    .meta(group),
  group: z
    .int()
    .min(0)
    .optional()
    .describe('Train only this group of a sweep, from 0: runs of a group share their data.')
    .meta(group),
  ...jobFlags,
});

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'train [flags]',
    schema: TrainConfig,
    flags: flagSchema,
    notes: [
      'Example: saev train --data.shard-root shards/4f0a… --sae.exp-factor 16 --objective.sparsity-coeff 4e-4',
      'On texts: saev train --data.language.model gpt2 --data.layer blocks.8.ln2.hook_normalized --data.target blocks.8.hook_mlp_out --objective.sparsity-coeff 1.4e-4',
      'A run that was stopped goes on where it stood when the same command is given with --resume.',
    ],
  });
  if (job === undefined) return;
  const { config, flags, input } = job;
  const configs = flags.sweep === undefined ? [config] : await readSweep(input, flags.sweep);
  const groups = splitConfigs(configs);
  const chosen = flags.group === undefined ? configs : chooseGroup(groups, flags.group);
  const tasks = flags.group === undefined && groups.length > 1 ? groups.length : undefined;
  if (await runsAsBatch('train', args, config, context, tasks)) return;
  context.whenInterrupted('The same command with --resume goes on from the last checkpoint.');
  const { train } = await import('../training/train.ts');
  const runs = await train(chosen, { signal: context.signal });
  if (flags.json) context.print(JSON.stringify(runs.map(runData)));
  else for (const trained of runs) context.print(describeRun(trained));
};

async function readSweep(base: Values, path: string): Promise<TrainConfig[]> {
  const { configs, errors } = grid(base, await readConfigFile(path), path);
  if (errors.length === 0) return configs;
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

function runData({ id, path, config, evaluation }: TrainedRun): Record<string, unknown> {
  return { id, path, config, evaluation: numbersOf(evaluation) };
}

function describeRun({ path, config, evaluation }: TrainedRun): string {
  const { l0, normalizedMse, nDead, nDense, ceLossClean, ceLossReplaced } = evaluation;
  const latents = `${nDead} dead, ${nDense} dense latents`;
  const loss =
    ceLossClean === undefined || ceLossReplaced === undefined
      ? ''
      : `, loss of the model ${short(ceLossClean)} and ${short(ceLossReplaced)} with the coder in place`;
  return `${path}: sparsity ${config.objective.sparsityCoeff}, lr ${config.lr}, L0 ${short(l0)}, normalised MSE ${short(normalizedMse)}, ${latents}${loss}`;
}
