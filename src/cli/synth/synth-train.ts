// saev synth train: autoencoders trained and scored on a synthetic world, with SynthSAEBench's settings of training.
import { z } from 'zod';
import type { Values } from '../../base/config/layers.ts';
import { readConfigFile } from '../../base/config/load.ts';
import { UserError } from '../../base/errors.ts';
import type { ScoredRun, SeedGroup } from '../../studies/synth/summary.ts';
import { grid } from '../../training/config/sweep.ts';
import { TrainConfig } from '../../training/config/train-config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { scoreTable } from './score-table.ts';

const group = { group: 'Command' };

/** What the published figures were made with, where nothing else is said; a tenth of their rows. */
const BENCH = {
  nPatches: 20_000_000,
  saeBatchSize: 1024,
  lr: 3e-4,
  lrSchedule: 'constant',
  nEvalRows: 2 ** 14,
} as const;

export const command: Command = defineJob({
  name: 'synth train',
  schema: TrainConfig.describe(
    'Train autoencoders on a synthetic world, over several seeds, and score what they have found of its features.',
  ),
  flags: {
    sweep: z
      .array(z.string().min(1))
      .default([])
      .describe('TOML or JSON files whose lists are expanded into runs, one file after the other.')
      .meta(group),
    seeds: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe('Seeds of each run, from --seed on.')
      .meta(group),
    nScoreRows: z
      .int()
      .min(1)
      .default(100_000)
      .describe('Rows to score on; none of them was trained on.')
      .meta(group),
  },
  notes: [
    'Example: saev synth train --data.synthetic.model world --sae.kind batchtopk --sae.k 25 --seeds 3',
    'Where nothing else is said: 20,000,000 rows in batches of 1,024, a constant lr of 3e-4, 4,096 latents, b_dec from 0. The published figures are of 200,000,000 rows.',
  ],
  async prepare({ config, input, flags }) {
    const base = withBench(input);
    const files: Values[] = [];
    for (const path of flags.sweep) files.push(await readConfigFile(path));
    const seed = Array.from({ length: flags.seeds }, (_, i) => config.seed + i);
    const configs = (files.length === 0 ? [{}] : files).flatMap((values) => {
      const name = flags.sweep.join(', ') || 'sweep';
      const made = grid(base, { ...values, ...(flags.seeds > 1 && { seed }) }, name);
      if (made.errors.length === 0) return made.configs;
      throw new UserError(`invalid sweep: ${made.errors.length} of its runs`, {
        hint: [...new Set(made.errors)].slice(0, 5).join('\n  '),
      });
    });
    return { configs, nRows: flags.nScoreRows };
  },
  whenInterrupted: 'The same command with --resume goes on from the last checkpoint.',
  async run({ configs, nRows }, { signal }) {
    const { train } = await import('../../training/train.ts');
    const { scoreSynthetic } = await import('../../studies/synth/score.ts');
    const { SynthScoreConfig } = await import('../../studies/synth/config.ts');
    const { bySettings } = await import('../../studies/synth/summary.ts');
    const runs = await train(configs, { signal });
    const coders = runs.map(({ path }) => path);
    const { threads } = configs[0]!;
    const scored = await scoreSynthetic(
      SynthScoreConfig.parse({ coders, nRows, ...(threads !== undefined && { threads }) }),
      { signal },
    );
    const all = runs.map(
      ({ path, config }, i): ScoredRun => ({ path, settings: config, scores: scored[i]!.scores }),
    );
    return { runs: all, groups: bySettings(all) };
  },
  data: ({ runs, groups }) => ({
    runs: runs.map(({ path, scores }) => ({ path, ...scores })),
    groups,
  }),
  lines: ({ runs, groups }) => [
    ...scoreTable(groups.map((each: SeedGroup) => ({ ...each, seeds: each.runs.length }))),
    `true features on a row: ${runs[0]!.scores.trueL0.toFixed(2)}, over ${runs[0]!.scores.rows} rows`,
    ...runs.map(({ path }) => path),
  ],
});

/** Lay what was given over the settings of the benchmark. */
function withBench(input: Values): Values {
  const data = (input.data ?? {}) as Values;
  const sae = (input.sae ?? {}) as Values;
  const hasWidth = ['dSae', 'expFactor', 'dVit'].some((name) => sae[name] !== undefined);
  return {
    ...BENCH,
    ...input,
    data: { ...data, synthetic: { seed: 42, ...((data.synthetic ?? {}) as Values) } },
    sae: { ...(hasWidth ? {} : { dSae: 4096 }), bDecInit: 'zeros', ...sae },
  };
}
