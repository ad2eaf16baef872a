// saev convert: read a checkpoint of any known format and write it in another.
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { kindOfPath } from '../base/files.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

/** Kept apart from the formats themselves, so that help loads none of them; a test compares the two. */
export const FORMAT_NAMES = [
  'saelens',
  'saev',
  'saev-early',
  'transcoder-circuits',
  'sparsify',
  'dictionary-learning',
] as const;

export const command: Command = defineCommand({
  name: 'convert',
  usage: 'FROM TO [flags]',
  about: 'Convert a checkpoint to another format. Weights keep their values.',
  flags: {
    from: z
      .string()
      .min(1)
      .describe(
        'Checkpoint to read: a run, a file or folder of any known format, or hf-hub:owner/name.',
      )
      .meta({ positional: true }),
    to: z.string().min(1).describe('File or folder to write.').meta({ positional: true }),
    format: z
      .enum(FORMAT_NAMES)
      .optional()
      .describe('Format to write; unset: saev for a name that ends in .pt, saelens otherwise.'),
    overwrite: z.boolean().default(false).describe('Write over what stands there.'),
  },
  async run({ from, to, overwrite, format = to.endsWith('.pt') ? 'saev' : 'saelens' }, { signal }) {
    if (!overwrite && (await kindOfPath(to)) !== 'nothing') {
      throw new UserError(`cannot write '${to}': something stands there`, {
        hint: 'name another path, or give --overwrite',
      });
    }
    const { openCoder } = await import('../sae/checkpoints/open-coder.ts');
    const { writeCheckpoint } = await import('../sae/checkpoints/registry.ts');
    const coder = await openCoder(from, { signal });
    await writeCheckpoint(coder, to, format);
    const { dIn, dSae, activation } = coder.config;
    return { path: to, format, dIn, dSae, activation };
  },
  lines: ({ path, format, dIn, dSae, activation }) => [
    `${path}: ${format}, ${activation.kind}, ${dIn} to ${dSae}`,
  ],
});
