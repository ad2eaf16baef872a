// saev steer: change codes in a forward pass over images or texts, and see what changes behind.
import { z } from 'zod';
import { machineFields } from '../base/config/common.ts';
import { editFields } from '../studies/steering/options.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';
import { type SteeredExample, steeredLines } from './steer/lines.ts';

export const command: Command = defineCommand({
  name: 'steer',
  usage: 'RUN IMAGE|TEXT … --set LATENT=VALUE … [flags]',
  about:
    'Change codes of an image or a text inside its model, and say what changes behind: segmentation and classes of heads, next tokens, loss and a continuation, each before and after.',
  notes: [
    'Example: saev steer runs/20261121-184607-c7a437 photo.jpg --set 17=0 203=x2 --heads checkpoints/contrib/semseg/lr_0_001__wd_0_001',
    "Example: saev steer runs/20261121-190211-03be51 'the old king' --set 5=8 --new-tokens 30 --temperature 0.8",
    'Example: saev steer runs/20261121-184607-c7a437 --numbers 12 --set 17=0',
    "A value is that of the code; x2 is twice the largest one that the run's visuals saw. Without --set the model is shown as it is.",
  ],
  flags: {
    run: z
      .string()
      .min(1)
      .describe(
        'The coder: a run (of a folder of runs, the newest), a checkpoint file or folder, or hf-hub:owner/name.',
      )
      .meta({ positional: true }),
    example: z
      .array(z.string().min(1))
      .default([])
      .describe('Images, by their paths, or texts: whichever the model reads.')
      .meta({ positional: true }),
    numbers: z
      .array(z.int().min(0))
      .default([])
      .describe('Images by their numbers, of those that the run was trained on.'),
    imagesOf: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Another run that these numbers are of, or a page of features, whose pictures they are.',
      ),
    set: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'What codes become, LATENT=VALUE; 17=0 switches latent 17 off, 17=x2 makes it twice the largest value seen.',
      ),
    ...editFields,
    heads: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Heads of segmentation or classification that read behind the edit: files, their folders, or folders of several.',
      ),
    maps: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Folders laid out as ADE20K that say what an image shows, where it is the same as one of theirs.',
      ),
    visuals: z
      .string()
      .min(1)
      .optional()
      .describe("Folder of visuals that knows the largest values; unset: the run's own."),
    out: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder for pictures and edit.json, a folder for each example where there are several.',
      ),
    ...machineFields,
  },
  async run(flags, { signal }) {
    const { steer } = await import('./steer/steer.ts');
    return steer(flags, signal);
  },
  data: (results: readonly SteeredExample[]) => (results.length === 1 ? results[0] : results),
  lines: (results) => results.flatMap((result) => steeredLines(result, results.length > 1)),
});
