// What the tracing of a circuit can be told.
import { z } from 'zod';
import { machineFields } from '../base/config/common.ts';
import { deviceField } from '../compute/kernels/device-field.ts';

const model = { group: 'Model' };
const root = { group: 'What to explain' };
const exact = { group: 'Exact mode' };
const compatible = { group: 'Compatible mode' };
const share = z.number().min(0).max(1);

/** Tracing the circuit of features behind a feature, a logit or a difference of logits. */
export const CircuitsConfig = z
  .strictObject({
    prompt: z
      .string()
      .min(1, 'the prompt is empty')
      .describe('Text to trace the circuit on.')
      .meta({ positional: true }),
    model: z
      .string()
      .min(1)
      .default('gpt2')
      .describe('Language model: a name, hf-hub:owner/name, or a folder.')
      .meta(model),
    tokenizer: z
      .string()
      .min(1)
      .optional()
      .describe("Tokenizer; the model's own when left out.")
      .meta(model),
    processing: z
      .boolean()
      .default(true)
      .describe("Process the model's weights as TransformerLens does by default.")
      .meta(model),
    transcoders: z
      .array(z.string().min(1))
      .min(1, 'no transcoders are named')
      .describe(
        'Transcoders: runs, checkpoints or hf-hub:owner/name, with LAYER= before the name of one that does not say its layer.',
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
      .describe('Features, LAYER/INDEX or LAYER/INDEX@POSITION; the last position when left out.')
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
    mode: z
      .enum(['exact', 'compatible'])
      .default('exact')
      .describe('The whole graph, or the strongest paths as transcoder-circuits finds them.'),
    maxNodes: z
      .int()
      .min(0)
      .default(512)
      .describe('Most features whose inputs are computed.')
      .meta(exact),
    heads: z
      .int()
      .min(0)
      .max(64)
      .default(4)
      .describe('Most attention heads that become nodes, for each target.')
      .meta(exact),
    nodeThreshold: share
      .default(0.8)
      .describe('Keep the fewest nodes with this share of the influence.')
      .meta(exact),
    edgeThreshold: share
      .default(0.98)
      .describe('Keep the fewest edges with this share of the influence.')
      .meta(exact),
    demean: z
      .boolean()
      .default(true)
      .describe('Explain logits less the mean of all logits.')
      .meta(exact),
    iterations: z.int().min(1).max(20).default(2).describe('Steps of a path.').meta(compatible),
    branches: z.int().min(1).default(5).describe('Paths kept of each length.').meta(compatible),
    raw: z
      .boolean()
      .default(false)
      .describe('Print contributions as they are, not cut at the feature that a path goes through.')
      .meta(compatible),
    dashboards: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folders of saev visuals, {layer} for the layer: visuals/{layer}/sort_by_patch. The page shows their features.',
      ),
    out: z.string().min(1).default('./circuit').describe('Folder that is written to.'),
    png: z.boolean().default(false).describe('Write the figure as figure.png too.'),
    ...machineFields,
    device: deviceField,
  })
  .describe('Trace the circuit behind a feature, a logit or a difference of logits.');

export type CircuitsConfig = z.output<typeof CircuitsConfig>;
