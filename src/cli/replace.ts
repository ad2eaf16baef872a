// saev replace: measure what transcoders in place of MLPs cost a language model.
import { z } from 'zod';
import { ReplacementConfig } from '../circuits/replacement/config.ts';
import { tableLines } from '../circuits/replacement/table.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'replace [flags]',
    schema: ReplacementConfig,
    flags: z.strictObject(jobFlags),
    notes: [
      'Example: saev replace --transcoders runs/20261121-184607-c7a437 runs/20261121-190211-03be51 texts:text-files --texts.root notes.txt',
      'Losses are in nats a token; KL is how far predictions move from those of the model as it is.',
    ],
  });
  if (job === undefined) return;
  const { config, flags } = job;
  context.whenInterrupted('The same command begins again.');
  const { replace } = await import('../circuits/replacement/replace.ts');
  const done = await replace(config, { signal: context.signal });
  if (flags.json) context.print(JSON.stringify(done));
  else for (const line of tableLines(done)) context.print(line);
};
