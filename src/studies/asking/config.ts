// What `saev ask` can be told.
import { z } from 'zod';
import { DataLoad } from '../../activations/config.ts';
import { machineFields } from '../../base/config/common.ts';
import { ASK_LIMITS } from '../../pages/ask.ts';

/** Asking coders about images and texts. */
export const AskConfig = z
  .strictObject({
    words: z
      .array(z.string().min(1))
      .min(1, 'name a run, and an image or a text')
      .describe(
        'Runs (of a folder of runs, the newest), checkpoints or hf-hub:owner/name; then images, .txt files and texts in quotes.',
      )
      .meta({ positional: true }),
    text: z.array(z.string()).default([]).describe('Texts to ask about, whatever they look like.'),
    top: z.int().min(1).max(10_000).default(10).describe('Strongest latents that are listed.'),
    latents: z
      .array(z.int().min(0))
      .max(ASK_LIMITS.latents)
      .default([])
      .describe('Latents that are listed besides, whether they fire or not.'),
    signs: z
      .boolean()
      .default(false)
      .describe(
        'Count tokens of a text that are signs, such as the one that begins it, for what is strongest.',
      ),
    out: z
      .string()
      .min(1)
      .optional()
      .describe('New folder for pictures: images under heat maps, and texts highlighted.'),
    data: DataLoad.prefault({}).describe(
      'The model and the place in it, where the run does not say; unset: those of the run.',
    ),
    ...machineFields,
  })
  .describe('Say which latents fire on an image or a text.');
/** Resolved settings of a question. */
export type AskConfig = z.output<typeof AskConfig>;
/** The same settings as a person writes them, defaults left out. */
export type AskConfigInput = z.input<typeof AskConfig>;
