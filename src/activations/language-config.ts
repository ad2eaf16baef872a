// What can be told of a language model whose activations are recorded or read as it runs along.
import { z } from 'zod';
import { TextConfig } from '../data/texts/config.ts';
import { packingField, STREAM_BATCH } from '../data/texts/packing/packing-field.ts';

/** Which attention head is read. */
export const headField = z
  .union([z.int().min(0), z.literal('all')])
  .optional()
  .describe(
    "Attention head, for hook points that have an axis of heads such as blocks.0.attn.hook_z; 'all' joins them into one row.",
  )
  .meta({ alias: 'hookPointHeadIndex' });

/** A language model and how texts become its contexts: the same in recording and in live reading. */
const languageFields = {
  model: z
    .string()
    .min(1)
    .default('gpt2')
    .describe('Model: gpt2, pythia-70m, gelu-1l and the like, owner/name on the hub, or a folder.')
    .meta({ alias: 'modelName' }),
  tokenizer: z
    .string()
    .min(1)
    .optional()
    .describe("Tokenizer: a name on the hub, a folder, or a tokenizer.json; unset: the model's."),
  processing: z
    .boolean()
    .default(true)
    .describe('Process the weights as TransformerLens does, which published transcoders assume.'),
  contextSize: z
    .int()
    .min(1)
    .default(128)
    .describe('Tokens in a context.')
    .meta({ alias: 'contextSize' }),
  packing: packingField,
  prependBos: z
    .boolean()
    .default(true)
    .describe('Begin texts, or concatenated contexts, with the token that begins a text.'),
  nContexts: z
    .int()
    .min(1)
    .optional()
    .describe('Contexts of one pass; unset: all that the texts hold. Texts of the hub need it.'),
  batchContexts: z
    .int()
    .min(1)
    .default(STREAM_BATCH)
    .describe(
      'Contexts in one run of the model; with packing stream, after so many what is left of a text is dropped.',
    )
    .meta({ alias: 'storeBatchSize' }),
};

/** A language model that runs along, and its texts. */
export const LanguageLoad = z
  .strictObject({
    texts: TextConfig.prefault({}).describe('Texts to run the model on.'),
    ...languageFields,
    bufferContexts: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Contexts whose rows are held in memory and mixed; unset: 20 runs of the model, or what fits 512 MiB.',
      ),
  })
  .describe('Activations straight from a language model, without shards on disk.');
/** Resolved choice of a language model that runs along. */
export type LanguageLoad = z.output<typeof LanguageLoad>;

/** A language model to record. */
export const LanguageRecording = z
  .strictObject({ ...languageFields, head: headField })
  .describe('The language model, and its contexts, where the data are texts.');
/** Resolved choice of a language model to record. */
export type LanguageRecording = z.output<typeof LanguageRecording>;
