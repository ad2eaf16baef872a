// saev convert: read a checkpoint of any known format and write it in another.
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { kindOfPath } from '../base/files.ts';
import { somethingStands } from '../base/placing.ts';
import { coderPath, readCoder } from '../sae/checkpoints/read-coder.ts';
import { formatForName, WRITABLE_FORMATS, writeCheckpoint } from '../sae/checkpoints/registry.ts';
import {
  findLogSparsity,
  logSparsityPath,
  readLogSparsity,
  writeLogSparsityBeside,
} from '../sae/log-sparsity.ts';
import { chooseCoder } from '../training/runs/choose-coder.ts';
import { inputScaleFields, withInputScale } from './input-scale.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';

export const command: Command = defineCommand({
  name: 'convert',
  usage: 'FROM TO [flags]',
  about: 'Convert a checkpoint to another format. Weights keep their values.',
  flags: {
    from: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Checkpoint to read: a run (of several, or of a folder of runs, the newest), a file or folder of any known format, or hf-hub:owner/name.',
      )
      .meta({ positional: true }),
    to: z.string().min(1).describe('File or folder to write.').meta({ positional: true }),
    format: z
      .enum(WRITABLE_FORMATS)
      .optional()
      .describe(
        "Format to write; unset: for a name that ends in .pt what the coder's original program loads (saev-early for ReLU, saev for TopK and BatchTopK, transcoder-circuits for transcoders), saelens otherwise.",
      ),
    activation: z
      .enum(['topk', 'batchtopk'])
      .optional()
      .describe(
        'Activation function of a file of dictionary_learning that lies without its config.',
      ),
    scalingFactor: z
      .number()
      .positive()
      .optional()
      .describe(
        'What a SAELens coder multiplies its inputs by, where activation_scaler.json is missing.',
      ),
    ...inputScaleFields,
    foldScale: z
      .boolean()
      .default(false)
      .describe(
        "Work centring and scaling of inputs into the weights, also in SAELens' layout, for programs that do not read them there.",
      ),
    overwrite: z.boolean().default(false).describe('Write over what stands there.'),
  },
  async run({ from, to, overwrite, foldScale, activation, scalingFactor, ...flags }, { signal }) {
    // Told before anything is read; looked at once more as the place is taken.
    if (!overwrite && (await kindOfPath(to)) !== 'nothing') throw somethingStands(to);
    const hints = { activation, scalingFactor };
    const chosen = await chooseCoder(from);
    const read = await readCoder(chosen, { signal, hints });
    const coder = await withInputScale(read, flags, signal);
    const { format = formatForName(to, coder) } = flags;
    const frequencies =
      format === 'transcoder-circuits'
        ? await findLogSparsity(await coderPath(chosen, { signal }))
        : undefined;
    const write = (): Promise<void> => writeCheckpoint(coder, to, format, { overwrite, foldScale });
    if (frequencies === undefined) await write();
    else await writeBeside(to, await readLogSparsity(frequencies), overwrite, write);
    const { dIn, dSae, activation: kept } = coder.config;
    return { path: to, format, dIn, dSae, activation: kept };
  },
  lines: ({ path, format, dIn, dSae, activation }) => [
    `${path}: ${format}, ${activation.kind}, ${dIn} to ${dSae}`,
  ],
});

/**
 * Write frequencies of latents beside `to`, then what belongs there: whoever finds the coder finds both. Those that a
 * killed conversion left are taken as they are.
 */
async function writeBeside(
  to: string,
  frequencies: Float32Array,
  overwrite: boolean,
  write: () => Promise<void>,
): Promise<void> {
  const beside = logSparsityPath(to);
  const isNew = (await kindOfPath(beside)) === 'nothing';
  if (!isNew && !overwrite) {
    const there = await readLogSparsity(beside).catch(() => undefined);
    if (there === undefined || !isDeepStrictEqual(there, frequencies))
      throw somethingStands(beside);
  } else {
    await writeLogSparsityBeside(to, frequencies);
  }
  try {
    await write();
  } catch (error) {
    if (isNew) await rm(beside, { force: true });
    throw error;
  }
}
