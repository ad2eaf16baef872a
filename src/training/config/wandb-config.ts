// What training can be told of Weights & Biases. Environment variables are those of wandb itself.
import { z } from 'zod';

const run = { group: 'Run' };

/** Settings of a run for Weights & Biases. */
export const wandbFields = {
  wandb: z
    .boolean()
    .default(false)
    .describe(
      'Write each run for Weights & Biases too, into its folder, as wandb does offline; `wandb sync` sends it.',
    )
    .meta(run),
  wandbProject: z
    .string()
    .default('saev')
    .describe('Name of the project that the run is written down under.')
    .meta({ ...run, env: 'WANDB_PROJECT' }),
  wandbEntity: z
    .string()
    .min(1)
    .optional()
    .describe('Team or user of Weights & Biases that the run is for; unset: whoever sends it.')
    .meta({ ...run, env: 'WANDB_ENTITY' }),
  wandbName: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the run in Weights & Biases; unset: that of its folder.')
    .meta({ ...run, env: 'WANDB_NAME' }),
  wandbGroup: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Group of runs in Weights & Biases; unset: the name of the sweep, where there is one.',
    )
    .meta({ ...run, env: 'WANDB_RUN_GROUP' }),
  wandbNotes: z
    .string()
    .min(1)
    .optional()
    .describe('A longer description of the run in Weights & Biases.')
    .meta({ ...run, env: 'WANDB_NOTES' }),
};
