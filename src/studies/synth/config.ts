// What scoring coders on synthetic worlds, and making worlds, can be told.
import { z } from 'zod';
import { machineFields } from '../../base/config/common.ts';
import { WorldConfig } from '../../data/worlds/synthetic/config.ts';

/** Scoring coders on the world that they were trained on. */
export const SynthScoreConfig = z
  .strictObject({
    coders: z
      .array(z.string().min(1))
      .min(1)
      .default(['runs'])
      .describe('Runs, folders of runs, checkpoints, or hf-hub:owner/name.')
      .meta({ positional: true }),
    world: WorldConfig.optional().describe(
      'The world; any field of it switches this on. Unset: the one that each run was trained on.',
    ),
    nRows: z.int().min(1).default(100_000).describe('Rows to draw; none of them was trained on.'),
    ...machineFields,
  })
  .describe('Score coders on a synthetic world, whose features are known.');
/** A resolved choice of what to score. */
export type SynthScoreConfig = z.output<typeof SynthScoreConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SynthScoreConfigInput = z.input<typeof SynthScoreConfig>;

/** Making a world. */
export const SynthMakeConfig = WorldConfig.extend({
  to: z.string().min(1).default('./world').describe('Folder to write, in the layout of SAELens.'),
  overwrite: z.boolean().default(false).describe('Write over what stands there.'),
}).describe('Make a synthetic world, and write it as a folder.');
/** A resolved choice of a world to make. */
export type SynthMakeConfig = z.output<typeof SynthMakeConfig>;
