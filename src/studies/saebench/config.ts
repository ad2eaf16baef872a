// What the benchmarks of SAEBench can be told. Names and defaults are its own where it has them.
import { z } from 'zod';
import { machineFields } from '../../base/config/common.ts';
import { deviceField } from '../../compute/kernels/device-field.ts';
import { TextConfig } from '../../data/texts/config.ts';
import { PUBLISHED_K } from './results/schemas.ts';

const model = { group: 'Model' };
const output = { group: 'Output' };

const codersField = {
  coders: z
    .array(z.string().min(1))
    .min(1)
    .default(['runs'])
    .describe(
      'Coders of language models: runs, folders of runs, checkpoints, or hf-hub:owner/name.',
    )
    .meta({ positional: true }),
};

const sharedFields = {
  model: z
    .string()
    .min(1)
    .optional()
    .describe('The language model; unset: the one that each coder was trained on.')
    .meta({ ...model, alias: 'modelName' }),
  tokenizer: z
    .string()
    .min(1)
    .optional()
    .describe("Its tokenizer; unset: the model's, or that of training.")
    .meta(model),
  processing: z
    .boolean()
    .optional()
    .describe('Process its weights as TransformerLens does; unset: as in training, else yes.')
    .meta(model),
  prependBos: z
    .boolean()
    .optional()
    .describe(
      'Begin contexts and texts with the token that begins a text; unset: as in training, else yes.',
    )
    .meta(model),
  outputFolder: z
    .string()
    .min(1)
    .default('./eval_results')
    .describe('Folder in which a folder of results is made: core or sparse_probing.')
    .meta(output),
  forceRerun: z
    .boolean()
    .default(false)
    .describe('Measure again what stands there, and write over it.')
    .meta(output),
  ...machineFields,
  device: deviceField,
};

/** Measuring what SAEBench calls core. */
export const SaebenchCoreConfig = z
  .strictObject({
    ...codersField,
    texts: TextConfig.optional().describe(
      'Texts to measure on; unset: those of training, or OpenWebText.',
    ),
    contextSize: z
      .int()
      .min(2)
      .optional()
      .describe('Tokens in a context; unset: 128, or as many as the model takes.'),
    packing: z
      .enum(['stream', 'concatenated', 'documents'])
      .default('concatenated')
      .describe(
        'How texts fill contexts, as in training; SAELens joins them with the token between them.',
      ),
    batchSizePrompts: z
      .int()
      .min(1)
      .default(16)
      .describe('Contexts in a batch; some figures are means over batches.'),
    nEvalReconstructionBatches: z
      .int()
      .min(1)
      .default(10)
      .describe('Batches that losses and divergences are measured on; published results: 200.'),
    nEvalSparsityVarianceBatches: z
      .int()
      .min(1)
      .default(1)
      .describe('Batches that all else is measured on; published results: 2000.'),
    excludeSpecialTokensFromReconstruction: z
      .boolean()
      .default(false)
      .describe(
        'Leave what the model computes on tokens that begin, end or fill up a text as it is, as in published results. They count for nothing in either case.',
      ),
    ...sharedFields,
  })
  .describe('Measure coders of language models as the core of SAEBench does.');
/** A resolved choice of coders to measure. */
export type SaebenchCoreConfig = z.output<typeof SaebenchCoreConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SaebenchCoreConfigInput = z.input<typeof SaebenchCoreConfig>;

/** Measuring what SAEBench calls sparse probing. */
export const SaebenchProbingConfig = z
  .strictObject({
    ...codersField,
    data: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Data sets: .parquet, .jsonl, .csv or .tsv files with columns of texts and labels, or folders of them; files that are named train and test are taken so, others divided.',
      )
      .meta({ alias: 'datasetNames' }),
    textColumn: z
      .string()
      .min(1)
      .optional()
      .describe('Column of texts; unset: as the layout of the data set has it, text or hard_text.'),
    labelColumn: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column of classes; unset: as the layout has it, label, profession, or category and rating.',
      ),
    balanceColumn: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column of two values of which each class takes equally many rows; unset: as the layout has it.',
      ),
    classes: z
      .array(z.string().min(1))
      .default([])
      .describe('Classes to tell apart; unset: those of the layout, else all.'),
    probeTrainSetSize: z
      .int()
      .min(4)
      .default(4000)
      .describe('Texts that a probe learns from, half of them of its class.'),
    probeTestSetSize: z.int().min(4).default(1000).describe('Texts that it is measured on.'),
    contextLength: z
      .int()
      .min(2)
      .optional()
      .describe('Tokens of a text that are read; unset: 128, or as many as the model takes.'),
    kValues: z
      .array(
        z.int().refine((k) => PUBLISHED_K.some((known) => known === k), {
          message: `results have places for ${PUBLISHED_K.join(', ')}`,
        }),
      )
      .min(1)
      .default([1, 2, 5])
      .describe(
        `Latents, or dimensions of the model, that a probe reads: ${PUBLISHED_K.join(', ')}.`,
      ),
    llmBatchSize: z.int().min(1).default(32).describe('Texts in one run of the model.'),
    randomSeed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(42)
      .describe('Seed of every random choice.')
      .meta({ alias: 'seed' }),
    ...sharedFields,
  })
  .describe('Tell classes of texts by few latents, as the sparse probing of SAEBench does.');
/** A resolved choice of coders and data sets. */
export type SaebenchProbingConfig = z.output<typeof SaebenchProbingConfig>;
/** The same choice as a person writes it, defaults left out. */
export type SaebenchProbingConfigInput = z.input<typeof SaebenchProbingConfig>;

/** What both benchmarks can be told. */
export type SharedBenchConfig = Pick<
  SaebenchCoreConfig,
  keyof typeof codersField | keyof typeof sharedFields
>;
