// saev saebench sparse-probing: how well few latents tell classes of texts.
import { SaebenchProbingConfig } from '../../studies/saebench/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { resultLines } from './result-table.ts';

export const command: Command = defineJob({
  name: 'saebench sparse-probing',
  usage: 'RUN … --data DATA … [flags]',
  schema: SaebenchProbingConfig,
  notes: [
    'Example: saev saebench sparse-probing runs --data ag_news bias_in_bios',
    'Folders as they are published: LabHC/bias_in_bios, canrager/amazon_reviews_mcauley_1and5 and fancyzhx/ag_news give the tasks of SAEBench.',
  ],
  whenInterrupted: 'The same command goes on with the coders that are not measured yet.',
  async run({ config }, { signal }) {
    const { benchSparseProbing } = await import('../../studies/saebench/probing/bench-probing.ts');
    return benchSparseProbing(config, { signal });
  },
  data: (benched) =>
    benched.map(({ coder, file, result }) => ({ coder, file, ...result.eval_result_metrics })),
  lines: (benched) => [...resultLines(benched), ...benched.map(({ file }) => file)],
});
