// The embedded language's GPT-2 as a graph to train: the backbone's own code on weights that are fed at every step.
import { languageConfig } from '../../src/backbones/language/config.ts';
import { gpt2 } from '../../src/backbones/language/families/gpt2.ts';
import { languageGraph } from '../../src/backbones/language/graph/language.ts';
import type { LanguageConfig } from '../../src/backbones/language/model-config.ts';
import { LOGITS, LOSS } from '../../src/backbones/language/types.ts';
import { input, type Value } from '../../src/compute/onnx/graph.ts';
import { buildModel } from '../../src/compute/onnx/model.ts';
import { mul, reduceSum } from '../../src/compute/onnx/ops.ts';
import { fedWeights, type Shapes, weightInputs } from '../training/fed-weights.ts';
import { trainingOutputs } from '../training/gradients.ts';
import { drawWeights } from '../training/initial-weights.ts';
import { worldVocabulary } from './tokenizer.ts';

/** Content of the model's config.json. */
export const CONFIG_JSON = {
  architectures: ['GPT2LMHeadModel'],
  model_type: 'gpt2',
  activation_function: 'gelu_new',
  n_layer: 4,
  n_embd: 128,
  n_head: 4,
  n_inner: 512,
  n_positions: 64,
  n_ctx: 64,
  vocab_size: worldVocabulary().length,
  layer_norm_epsilon: 1e-5,
  attn_pdrop: 0,
  embd_pdrop: 0,
  resid_pdrop: 0,
  bos_token_id: worldVocabulary().length - 1,
  eos_token_id: worldVocabulary().length - 1,
  tie_word_embeddings: true,
};
export const CONFIG: LanguageConfig = languageConfig(CONFIG_JSON, 'world-gpt2');

/** Input of the training graph: how much each position's loss counts, `[batch, positions]`. */
export const SHARES = 'shares';

/** Shapes of all weights by the names of HuggingFace's GPT-2. */
export function weightShapes(): Shapes {
  const { dModel: d, nLayers, dMlp, dVocab, nCtx } = CONFIG;
  const shapes = new Map<string, readonly number[]>();
  const affine = (name: string, shape: readonly number[]): void => {
    shapes.set(`${name}.weight`, shape).set(`${name}.bias`, shape.slice(-1));
  };
  shapes.set('transformer.wte.weight', [dVocab, d]).set('transformer.wpe.weight', [nCtx, d]);
  for (let layer = 0; layer < nLayers; layer++) {
    const block = `transformer.h.${layer}`;
    affine(`${block}.ln_1`, [d]);
    affine(`${block}.attn.c_attn`, [d, 3 * d]);
    affine(`${block}.attn.c_proj`, [d, d]);
    affine(`${block}.ln_2`, [d]);
    affine(`${block}.mlp.c_fc`, [d, dMlp]);
    affine(`${block}.mlp.c_proj`, [dMlp, d]);
  }
  affine('transformer.ln_f', [d]);
  return shapes;
}

/** First weights: normal, narrower where blocks write to the residual stream; norms at one. */
export function initialWeights(seed: number): Map<string, Float32Array> {
  return drawWeights(weightShapes(), seed, (name) =>
    name.endsWith('c_proj.weight') ? 0.04 / Math.sqrt(2 * CONFIG.nLayers) : 0.04,
  );
}

/**
 * The training graph. Inputs: every weight by its name, those of a language graph, and `shares`. Outputs: `loss` (the sum
 * of all positions' losses by their shares) and `d:<weight>` for each weight.
 */
export function trainingModel(): Uint8Array {
  const { values, points } = worldGraph();
  const perToken = points.get(LOSS)!;
  const shares = input(SHARES, perToken.shape);
  const loss = reduceSum(mul(perToken, shares), [0, 1], false);
  return buildModel(trainingOutputs(loss, values)).bytes;
}

/** The graph of an evaluation: `logits` `[batch, positions, dVocab]` and `loss` `[batch, positions]`. */
export function evaluationModel(): Uint8Array {
  return buildModel(new Map(worldGraph().points)).bytes;
}

function worldGraph(): { values: Map<string, Value>; points: ReadonlyMap<string, Value> } {
  const shapes = weightShapes();
  const values = weightInputs(shapes);
  const parts = gpt2.parts(fedWeights(shapes, values), CONFIG);
  return { values, points: languageGraph(parts, new Set([LOGITS, LOSS])) };
}
