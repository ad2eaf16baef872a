// How much visitors may ask for: settings, so that a person can allow more, or less.
import { z } from 'zod';
import { ASK_LIMITS } from '../../pages/ask.ts';
import { LONGEST_TEXT, MOST_LATENTS } from '../../studies/asking/request.ts';

const group = { group: 'Limits' };
const { bytes, pixels, characters, latents } = ASK_LIMITS;

/** Settings of the limits. */
export const limitFields = {
  maxUpload: z
    .int()
    .min(1024)
    .max(2 ** 28)
    .default(bytes)
    .describe("Most bytes of an uploaded image's file.")
    .meta(group),
  maxPixels: z
    .int()
    .min(1)
    .default(pixels)
    .describe('Most pixels of an uploaded image.')
    .meta(group),
  maxText: z
    .int()
    .min(1)
    .max(LONGEST_TEXT)
    .default(characters)
    .describe('Most characters of a text.')
    .meta(group),
  maxLatents: z
    .int()
    .min(1)
    .max(MOST_LATENTS)
    .default(latents)
    .describe('Most latents that one question or edit may name.')
    .meta(group),
  maxSeconds: z
    .number()
    .positive()
    .max(86_400)
    .default(120)
    .describe('Seconds after which an action is given up, waiting for its turn included.')
    .meta(group),
  maxTraceSeconds: z
    .number()
    .positive()
    .max(604_800)
    .default(3600)
    .describe('The same for actions that tell of their progress, such as tracing a circuit.')
    .meta(group),
  maxConnections: z
    .int()
    .min(4)
    .max(65_535)
    .default(256)
    .describe('Most connections at a time; who comes later is told to come again.')
    .meta(group),
  maxWaiting: z
    .int()
    .min(1)
    .default(64)
    .describe('Most actions that wait for a model; of one visitor, an eighth of them.')
    .meta(group),
  maxModels: z
    .int()
    .min(1)
    .default(4)
    .describe('Most models that are held open; those used least recently are closed.')
    .meta(group),
};

const limitsSchema = z.object(limitFields);

/** How much visitors may ask for. */
export type Limits = z.output<typeof limitsSchema>;

/** The limits where nobody says otherwise. */
export const USUAL_LIMITS: Limits = limitsSchema.parse({});
