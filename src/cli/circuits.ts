// saev circuits: trace the circuit of features behind a feature, a logit or a difference of logits.
import { CircuitsConfig } from '../circuits/config.ts';
import type { Command } from './program/command.ts';
import { defineJob } from './program/define-job.ts';

export const command: Command = defineJob({
  name: 'circuits',
  usage: 'PROMPT [flags]',
  schema: CircuitsConfig,
  notes: [
    'Example: saev circuits "The war lasted from 1735 to 17" --transcoders runs/a runs/b --logit-difference 40,20',
  ],
  whenInterrupted: 'Nothing was written; the same command begins again.',
  async run({ config }, { signal }) {
    const { trace } = await import('../circuits/trace.ts');
    return trace(config, { signal });
  },
  async lines(traced) {
    const { circuitSummary } = await import('../circuits/output/summary.ts');
    return [...(traced.lines ?? circuitSummary(traced.graph)), ...traced.files];
  },
});
