// Which texts a job reads: one schema for every kind of text set.
import { z } from 'zod';

const column = z
  .string()
  .min(1)
  .optional()
  .describe('Column of texts or of token lists; otherwise the first of tokens, input_ids, text.');

const hub = z
  .strictObject({
    type: z.literal('text-hub').default('text-hub'),
    name: z
      .string()
      .min(1)
      .default('Skylion007/openwebtext')
      .describe('Dataset on the HuggingFace hub, read by range from its parquet files.'),
    subset: z
      .string()
      .min(1)
      .optional()
      .describe('Subset (the hub calls it a config), where a dataset has several.'),
    split: z.string().min(1).default('train').describe('Split: train, validation or test.'),
    revision: z.string().min(1).optional().describe('Branch, tag or commit; main when not given.'),
    column,
  })
  .describe('A text dataset of the HuggingFace hub.');

const files = z
  .strictObject({
    type: z.literal('text-files'),
    root: z
      .string()
      .min(1)
      .default('./data/texts')
      .describe('A .txt, .jsonl or .parquet file, or a folder of them.'),
    documents: z
      .enum(['file', 'paragraph', 'line'])
      .default('file')
      .describe(
        'What is a document in a .txt file: all of it, or what stands between blank lines, or a line.',
      ),
    column,
  })
  .describe('Texts on this disk.');

const world = z
  .strictObject({
    type: z.literal('text-world'),
    nDocuments: z.int().min(1).default(20_000).describe('Texts, of about 43 words each.'),
    seed: z.int().min(0).default(0).describe('Seed of the texts.'),
  })
  .describe('Texts of the embedded language, whose structure is known.');

/** Choice of a set of texts; `type` tells the kind and may be left out for the hub. */
export const TextConfig = z.discriminatedUnion('type', [hub, files, world]);
/** A resolved choice of a set of texts. */
export type TextConfig = z.output<typeof TextConfig>;
/** The same choice as a person writes it, defaults left out. */
export type TextConfigInput = z.input<typeof TextConfig>;
