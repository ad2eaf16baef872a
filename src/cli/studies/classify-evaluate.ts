// saev classify evaluate: measure trained heads on labelled images.
import { ClassifyEvaluateConfig } from '../../studies/classification/config.ts';
import type { Command } from '../program/command.ts';
import { defineJob } from '../program/define-job.ts';
import { headLine } from './head-line.ts';

export const command: Command = defineJob({
  name: 'classify evaluate',
  schema: ClassifyEvaluateConfig,
  notes: [
    'Example: saev classify evaluate --ckpt-path checkpoints/contrib/classification --imgs.root caltech101/test',
  ],
  whenInterrupted: 'The same command begins again; activations that were recorded stay.',
  async run({ config }, { signal }) {
    const { evaluateClassification } = await import('../../studies/classification/evaluation.ts');
    const { reportOf } = await import('../../studies/classification/results.ts');
    const result = await evaluateClassification(config, { signal });
    return { ...result, report: reportOf(result) };
  },
  data: ({ report }) => report,
  lines: ({ heads, sparse, best, folder }) => [
    ...[...heads, ...sparse].map((head) => headLine(head, head === best)),
    `${folder}: results.csv, confusion.csv, report.json, hparam-sweeps.png, confusion.png`,
  ],
});
