// Settings of the workbench.
import { z } from 'zod';

/** Where a workbench listens when nobody says: S-A-E-V on the keys of a telephone. */
const PORT = 7238;

/** Settings of `saev serve`. */
export const ServeConfig = z
  .object({
    folders: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Folders to open: all runs, visuals, shards, circuits and studies below them are shown; runs or demo-out when left out.',
      )
      .meta({ positional: true }),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on; others than this machine can reach it beyond 127.0.0.1.'),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(PORT)
      .describe('Port to listen on; the next free one when it is taken, any free one for 0.'),
    open: z.boolean().default(false).describe('Open the page in a browser.'),
  })
  .describe('Show everything that was found in one page, and answer what it asks.');

/** Resolved settings of the workbench. */
export type ServeConfig = z.output<typeof ServeConfig>;
