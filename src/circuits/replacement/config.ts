// What measuring a replacement can be told.
import { z } from 'zod';
import { machineFields } from '../../base/config/common.ts';
import { TextConfig } from '../../data/texts/config.ts';
import { packingField } from '../../data/texts/packing/packing-field.ts';

const model = { group: 'Model' };

/** Measuring what transcoders in place of MLPs, or coders one at a time, cost a language model. */
export const ReplacementConfig = z
  .strictObject({
    texts: TextConfig.optional().describe(
      'Texts to measure on; unset: those that the coders were trained on, or OpenWebText.',
    ),
    transcoders: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Transcoders that are put in place together, one a layer: runs (of several, or of a folder of runs, the newest of each layer), checkpoints or hf-hub:owner/name, where {layer} stands for each layer; LAYER=NAME for one that does not say its layer.',
      ),
    coders: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Coders that are put in place one at a time, SAEs and transcoders: runs, folders of runs, checkpoints or hf-hub:owner/name.',
      ),
    layers: z
      .array(z.union([z.int().min(0), z.string().min(1)]))
      .min(1)
      .optional()
      .describe(
        'Also replace these layers only: 1-9 or 0,3-5 for a set, several for several; numbers by themselves are one set together.',
      ),
    nContexts: z.int().min(1).default(100).describe('Contexts to measure on.'),
    shuffleSeed: z
      .int()
      .optional()
      .describe(
        'Draw the contexts with this seed from the first 10,000, or ten times as many as are measured; unset: the first ones.',
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Model: gpt2, pythia-70m, gelu-1l and the like, owner/name on the hub, or a folder; unset: the one that the transcoders were trained on, or gpt2.',
      )
      .meta(model),
    tokenizer: z
      .string()
      .min(1)
      .optional()
      .describe("Tokenizer: a name on the hub, a folder, or a tokenizer.json; unset: the model's.")
      .meta(model),
    processing: z
      .boolean()
      .optional()
      .describe(
        'Process the weights as TransformerLens does, which published transcoders assume; unset: as for the training of the transcoders, or yes.',
      )
      .meta(model),
    contextSize: z
      .int()
      .min(2)
      .optional()
      .describe('Tokens in a context; unset: as for the training of the coders, or 128.')
      .meta(model),
    packing: packingField.meta(model),
    prependBos: z
      .boolean()
      .default(true)
      .describe('Begin texts, or concatenated contexts, with the token that begins a text.')
      .meta(model),
    batchContexts: z
      .int()
      .min(1)
      .default(4)
      .describe('Contexts in one run of the model; the logits of all their tokens are in memory.')
      .meta(model),
    threads: machineFields.threads,
  })
  .refine(({ transcoders, coders }) => transcoders.length + coders.length > 0, {
    message: 'nothing to measure: name transcoders or coders',
    path: ['transcoders'],
  })
  .describe(
    'Measure what transcoders in place of MLPs, or coders one at a time, cost a language model.',
  );
/** A resolved measurement. */
export type ReplacementConfig = z.output<typeof ReplacementConfig>;
/** A measurement as a person writes it, defaults left out. */
export type ReplacementConfigInput = z.input<typeof ReplacementConfig>;
