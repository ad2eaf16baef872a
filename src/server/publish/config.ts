// Settings of a publication.
import { z } from 'zod';

/** Settings of `saev publish`. */
export const PublishConfig = z
  .object({
    folders: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Folders whose runs, visuals, circuits and studies are published; runs or demo-out when left out.',
      )
      .meta({ positional: true }),
    to: z
      .string()
      .min(1)
      .describe(
        'Folder that the page is written to: a new or empty one, or an earlier publication, which is replaced.',
      ),
    title: z
      .string()
      .min(1)
      .optional()
      .describe('Title of the page; the names of the folders when left out.'),
    runs: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Runs that are published, by name or tag, with what lies in them; all when left out.',
      ),
    maxModel: z
      .number()
      .min(0)
      .default(64)
      .describe(
        'Megabytes of weights of a coder and its model up to which they are published, so that visitors can ask and edit it in their browsers; 0 for none.',
      ),
  })
  .describe('Write the workbench with its data as files for any web host, or for the disk.');

/** Resolved settings of a publication. */
export type PublishConfig = z.output<typeof PublishConfig>;
