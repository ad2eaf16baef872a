// saev circuits: trace the circuit of features behind a feature, a logit or a difference of logits.
import { z } from 'zod';
import { CircuitsConfig } from '../circuits/config.ts';
import type { RunCommand } from './command.ts';
import { jobFlags, readJob } from './job.ts';

export const run: RunCommand = async (args, context) => {
  const job = await readJob(args, context, {
    usage: 'circuits PROMPT [flags]',
    schema: CircuitsConfig,
    flags: z.strictObject(jobFlags),
    notes: [
      'Example: saev circuits "The war lasted from 1735 to 17" --transcoders runs/a runs/b --logit-difference 40,20',
    ],
  });
  if (job === undefined) return;
  const { config, flags } = job;
  context.whenInterrupted('Nothing was written; the same command begins again.');
  const { trace } = await import('../circuits/trace.ts');
  const traced = await trace(config, { signal: context.signal });
  if (flags.json) {
    context.print(JSON.stringify(traced));
    return;
  }
  const { circuitSummary } = await import('../circuits/output/summary.ts');
  for (const line of traced.lines ?? circuitSummary(traced.graph)) context.print(line);
  for (const file of traced.files) context.print(file);
};
