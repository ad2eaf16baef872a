// Settings of the workbench.
import { z } from 'zod';
import { limitFields } from './safety/limits.ts';

/** Where a workbench listens when nobody says: S-A-E-V on the keys of a telephone. */
const PORT = 7238;

/** Shortest token that is accepted from a person. */
const SHORTEST_TOKEN = 12;

/** Settings of `saev serve`. */
export const ServeConfig = z
  .object({
    folders: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Folders to open: all runs, visuals, shards, circuits and studies below them are shown; runs and demo-out when left out.',
      )
      .meta({ positional: true }),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe(
        'Address to listen on. Beyond this machine (0.0.0.0 for all of its addresses) visitors need a token.',
      ),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(PORT)
      .describe('Port to listen on; the next free one when it is taken, any free one for 0.'),
    open: z.boolean().default(false).describe('Open the page in a browser.'),
    token: z
      .string()
      .min(SHORTEST_TOKEN)
      .regex(/^[\w.~-]+$/, 'letters, digits and . _ ~ - only')
      .optional()
      .describe(
        'What visitors must know; made anew each time when others can reach this machine and none is given.',
      ),
    hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Further names by which this is reached, through a proxy say.'),
    ...limitFields,
  })
  .describe('Show everything that was found in one page, and answer what it asks.');

/** Resolved settings of the workbench. */
export type ServeConfig = z.output<typeof ServeConfig>;
