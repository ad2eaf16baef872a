// saev saebench show: results beside each other.
import { z } from 'zod';
import type { Command } from '../program/command.ts';
import { defineCommand } from '../program/define-command.ts';
import { resultLines } from './result-table.ts';

export const command: Command = defineCommand({
  name: 'saebench show',
  usage: 'RESULTS … [flags]',
  about:
    'Lay results of SAEBench beside each other: those of this program, and those that SAEBench wrote.',
  flags: {
    results: z
      .array(z.string().min(1))
      .min(1)
      .default(['eval_results'])
      .describe('Files of results, or folders that hold some.')
      .meta({ positional: true }),
  },
  async run({ results }) {
    const { readResults } = await import('../../studies/saebench/results/result-files.ts');
    return readResults(results);
  },
  data: (found) =>
    found.map(({ file, result }) => ({
      file,
      kind: result.eval_type_id,
      coder: result.sae_lens_release_id,
      ...result.eval_result_metrics,
    })),
  lines: resultLines,
});
