// saev saebench core: loss, divergence, sparsity, explained variance and norms under SAEBench's names.
import { SaebenchCoreConfig } from '../../studies/saebench/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { resultLines } from './result-table.ts';

export const command: Command = defineJob({
  name: 'saebench core',
  usage: 'RUN … [flags]',
  schema: SaebenchCoreConfig,
  notes: [
    'Example: saev saebench core runs texts:text-files --texts.root notes.txt',
    'Published results: --n-eval-reconstruction-batches 200 --n-eval-sparsity-variance-batches 2000 --exclude-special-tokens-from-reconstruction',
  ],
  whenInterrupted: 'The same command goes on with the coders that are not measured yet.',
  async run({ config }, { signal }) {
    const { benchCore } = await import('../../studies/saebench/core/bench-core.ts');
    return benchCore(config, { signal });
  },
  data: (benched) =>
    benched.map(({ coder, file, result }) => ({ coder, file, ...result.eval_result_metrics })),
  lines: (benched) => [...resultLines(benched), ...benched.map(({ file }) => file)],
});
