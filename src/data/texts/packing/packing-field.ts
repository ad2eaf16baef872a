// How texts fill contexts, as a setting: every command that reads texts has it, with one default.
import { z } from 'zod';

/** Contexts in a batch of the packing `stream` where nothing else is said: after so many, the rest of a text is dropped. */
export const STREAM_BATCH = 32;

/** The setting. */
export const packingField = z
  .enum(['stream', 'concatenated', 'documents'])
  .optional()
  .describe(
    "How texts fill contexts; unset: concatenated for files of this disk, of which nothing is lost then, and stream for other texts. One after the other, each cut at the model's own context (stream, as transcoder-circuits does); whole, with end-of-text between them (concatenated, as TransformerLens does); or the beginning of each by itself (documents). Contexts that would need padding are left out.",
  );
