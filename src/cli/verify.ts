// saev verify: measure again what has been published of GPT-2 small and its transcoders.
import { z } from 'zod';
import { machineFields } from '../base/config/common.ts';
import { UserError } from '../base/errors.ts';
import type { Comparison } from '../circuits/verify/comparison.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

export const command: Command = defineCommand({
  name: 'verify',
  about: 'Measure again what has been published of GPT-2 small and its transcoders.',
  flags: {
    model: z
      .string()
      .min(1)
      .optional()
      .describe('GPT-2 small in another place: a folder, or a name on the hub.'),
    transcoders: z
      .string()
      .min(1)
      .optional()
      .describe('Its published transcoders in another place, with {layer} for the layer.'),
    modelOnly: z
      .boolean()
      .default(false)
      .describe('Check the model alone: 0.5 GB to download, where the transcoders are 1.8 GB.'),
    threads: machineFields.threads,
  },
  notes: [
    'Weights come from the HuggingFace hub, or from its cache. Ends with 2 if a number differs.',
  ],
  async run({ model, transcoders, modelOnly, threads }, { signal, say }) {
    const { readPublished } = await import('../circuits/verify/values.ts');
    const { repeatPublished } = await import('../circuits/verify/checks.ts');
    const options = { model, transcoders, modelOnly, threads, signal };
    const made: Comparison[] = [];
    for await (const comparison of repeatPublished(await readPublished(), options)) {
      made.push(comparison);
      say(line(comparison));
    }
    return made;
  },
  data: (comparisons) => ({ comparisons }),
  spread: true,
  lines: (made) => [`${made.length - differingOf(made).length} of ${made.length} agree`],
  judge(made) {
    const differing = differingOf(made);
    if (differing.length === 0) return;
    throw new UserError(`${differing.length} published measurements came out differently`, {
      hint: `the first: ${differing[0]!.what}`,
    });
  },
});

function differingOf(made: readonly Comparison[]): Comparison[] {
  return made.filter(({ agrees }) => !agrees);
}

function line({ what, count, difference, limit, agrees, note }: Comparison): string {
  const mark = agrees ? 'agrees ' : 'DIFFERS';
  const numbers = `${count} compared, largest difference ${difference.toExponential(1)} of ${limit}`;
  return `${mark}  ${what}: ${numbers}${note === undefined ? '' : ` (${note})`}`;
}
