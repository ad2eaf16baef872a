// What the tracing of a circuit can be told: settings of all methods, and those of each.
import { z } from 'zod';
import { machineFields } from '../base/config/common.ts';
import { deviceField } from '../compute/kernels/device-field.ts';
import type { CircuitMethod } from './method.ts';
import { CIRCUIT_METHODS } from './methods.ts';

const model = { group: 'Model' };
const root = { group: 'What to explain' };

const WHAT = {
  prompt: z
    .string()
    .min(1, 'the prompt is empty')
    .describe('Text to trace the circuit on.')
    .meta({ positional: true }),
  model: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Language model: a name, hf-hub:owner/name, or a folder; unset: the one that the transcoders were trained on, or gpt2.',
    )
    .meta(model),
  tokenizer: z
    .string()
    .min(1)
    .optional()
    .describe("Tokenizer; the model's own when left out.")
    .meta(model),
  processing: z
    .boolean()
    .optional()
    .describe(
      "Process the model's weights as TransformerLens does by default; unset: as for the training of the transcoders, or yes.",
    )
    .meta(model),
  transcoders: z
    .array(z.string().min(1))
    .min(1, 'no transcoders are named')
    .describe(
      'Transcoders: runs (of several, or of a folder of runs, the newest of each layer), checkpoints or hf-hub:owner/name, where {layer} stands for each layer; LAYER=NAME for one that does not say its layer.',
    )
    .meta(model),
  prependBos: z
    .boolean()
    .default(true)
    .describe('Put the token that begins a text before the prompt.')
    .meta(model),
  feature: z
    .array(z.string())
    .default([])
    .describe(
      'Features, LAYER/INDEX of a transcoder or NAME/INDEX of an SAE, with @POSITION for another than the last.',
    )
    .meta(root),
  logit: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Tokens whose logits after the prompt are explained; the most likely ones when nothing is named.',
    )
    .meta(root),
  logitDifference: z
    .tuple([z.string().min(1), z.string().min(1)])
    .optional()
    .describe('Two tokens: the logit of the first less that of the second.')
    .meta(root),
};

const OUTPUT = {
  dashboards: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folders of saev visuals, {layer} for the layer: visuals/{layer}/sort_by_patch. The page shows their features.',
    ),
  out: z.string().min(1).default('./circuit').describe('Folder that is written to.'),
  overwrite: z
    .boolean()
    .default(false)
    .describe(
      'Write over files that saev did not write; an earlier circuit of its own gives way anyhow.',
    ),
  png: z.boolean().default(false).describe('Write the figure as figure.png too.'),
  ...machineFields,
  device: deviceField,
};

/** The settings of several methods together. */
type FieldsOf<Method extends { readonly fields: z.ZodRawShape }> = (
  Method extends unknown
    ? (fields: Method['fields']) => void
    : never
) extends (fields: infer Fields extends z.ZodRawShape) => void
  ? Fields
  : never;

/** Give the settings of a trace that can be made with any of some methods, the first by default. */
export function circuitsSchema<const Methods extends readonly [CircuitMethod, ...CircuitMethod[]]>(
  methods: Methods,
) {
  const names = methods.map(({ name }) => name) as Methods[number]['name'][];
  const gains = methods.map(({ gives }) => gives).join(', or ');
  const fields = Object.assign({}, ...methods.map(({ fields }) => fields)) as FieldsOf<
    Methods[number]
  >;
  const mode = z
    .enum(names)
    .default(names[0]!)
    .describe(`${gains[0]!.toUpperCase()}${gains.slice(1)}.`);
  return z
    .strictObject({ ...WHAT, mode, ...fields, ...OUTPUT })
    .describe('Trace the circuit behind a feature, a logit or a difference of logits.');
}

/** Tracing the circuit of features behind a feature, a logit or a difference of logits. */
export const CircuitsConfig = circuitsSchema(CIRCUIT_METHODS);

export type CircuitsConfig = z.output<typeof CircuitsConfig>;
