// saev replace: measure what transcoders in place of MLPs cost a language model.
import { ReplacementConfig } from '../circuits/replacement/config.ts';
import { tableLines } from '../circuits/replacement/table.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'replace',
  schema: ReplacementConfig,
  notes: [
    'Example: saev replace --transcoders runs/20261121-184607-c7a437 runs/20261121-190211-03be51 texts:text-files --texts.root notes.txt',
    'Losses are in nats a token; KL is how far predictions move from those of the model as it is.',
  ],
  whenInterrupted: 'The same command begins again.',
  async run({ config }, { signal }) {
    const { replace } = await import('../circuits/replacement/replace.ts');
    return replace(config, { signal });
  },
  lines: tableLines,
});
