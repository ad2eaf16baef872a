// What the encoding of a set can be told.
import { z } from 'zod';
import { DataLoad } from '../../activations/config.ts';
import { machineFields, slurmFields } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';

/** Encoding a set of activations and keeping the codes. */
export const InferConfig = z
  .strictObject({
    run: z
      .string()
      .min(1)
      .default('./runs')
      .describe(
        'The coder: a run (of several, or of a folder of runs, the newest), a checkpoint, or hf-hub:owner/name.',
      )
      .meta({ alias: ['ckpt', 'sae'], positional: true }),
    data: DataLoad.prefault({}).describe('Activations to encode; unset: those of the run.'),
    dumpTo: z
      .string()
      .min(1)
      .optional()
      .describe('Folder that is written; unset: inference/<hash of the shards> in the run.'),
    save: z
      .boolean()
      .default(true)
      .describe('Write codes and statistics; without them, metrics.json alone.'),
    nDists: z
      .int()
      .min(0)
      .default(25)
      .describe('Latents, from the first, whose codes of every row are kept in distributions.pt.'),
    ignoreLabels: z
      .array(z.int().min(0).max(255))
      .default([])
      .describe("Labels, in the shards' labels.bin, whose patches are left out."),
    forceRecompute: z
      .boolean()
      .default(false)
      .describe('Encode anew where codes stand already, whatever they are of.'),
    saeBatchSize: z
      .int()
      .min(1)
      .default(1024 * 16)
      .describe('Rows read at once.'),
    nWorkers: z
      .int()
      .min(0)
      .default(8)
      .describe('Cores that a Slurm job is given.')
      .meta({ group: 'Slurm' }),
    ...machineFields,
    device: deviceField,
    ...slurmFields,
    nHours: slurmFields.nHours.default(4),
  })
  .describe('Encode a whole set of activations and keep the codes.');
/** A resolved choice of what to encode. */
export type InferConfig = z.output<typeof InferConfig>;
/** The same choice as a person writes it, defaults left out. */
export type InferConfigInput = z.input<typeof InferConfig>;
