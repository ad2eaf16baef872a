// GPT-2 as HuggingFace stores it (transformers, modeling_gpt2.py), under `transformer.` or not. Its linear layers are
// `Conv1D`: weights `[in, out]`.
//
//   wte.weight [dVocab, d] · wpe.weight [nCtx, d] · ln_f.{weight,bias} · lm_head.weight [dVocab, d] where it is not wte
//   h.N.{ln_1,ln_2}.{weight,bias} · .attn.c_attn.{weight [d, 3d],bias}: queries, keys, values · .attn.c_proj.{…}
//   .mlp.c_fc.{weight [d, dMlp],bias} · .mlp.c_proj.{…}
import { transpose } from '../../../base/arrays.ts';
import { split } from '../../../compute/onnx/ops.ts';
import type { Block } from '../../block/block.ts';
import type { Linear } from '../../block/linear.ts';
import { normAt, underPrefix, type Weights } from '../../weights.ts';
import {
  activationOf,
  fieldsOf,
  headWidth,
  layersOf,
  positive,
  scoreDivisors,
  switchOf,
} from '../config-fields.ts';
import { refuseUnknownKeys } from '../config-limits.ts';
import type { ConfigJson, LanguageFamily } from '../family.ts';
import type { LanguageParts } from '../graph/language.ts';
import { type LanguageConfig, mlpActivation } from '../model-config.ts';
import { checkBlocks, type LensTensors, lensShape, splitLensName } from '../weights/tensors.ts';

/** Family of GPT-2. */
export const gpt2 = {
  name: 'gpt2',
  title: 'GPT-2',
  reads: (json) => json.model_type === 'gpt2',
  config: gpt2Config,
  parts: gpt2Parts,
  tensors: gpt2Tensors,
} as const satisfies LanguageFamily;

/** Keys of the config that are read. */
const READ: readonly string[] = [
  ...['n_layer', 'num_hidden_layers', 'n_embd', 'hidden_size', 'n_head', 'num_attention_heads'],
  ...['n_inner', 'vocab_size', 'n_positions', 'n_ctx', 'max_position_embeddings'],
  ...['layer_norm_epsilon', 'activation_function'],
  ...['scale_attn_weights', 'scale_attn_by_inverse_layer_idx'],
];

function gpt2Config(json: ConfigJson, name: string): LanguageConfig {
  const read = fieldsOf(json, name);
  refuseUnknownKeys(json, name, READ);
  const nLayers = layersOf(json, name, 'n_layer', 'num_hidden_layers');
  const dModel = read('n_embd', { alias: 'hidden_size' });
  const nHeads = read('n_head', { alias: 'num_attention_heads' });
  const dHead = headWidth(dModel, nHeads, name);
  return {
    architecture: 'gpt2',
    nLayers,
    dModel,
    nHeads,
    dHead,
    dMlp: read('n_inner', { fallback: 4 * dModel }),
    dVocab: read('vocab_size'),
    nCtx: read(json.n_positions === undefined ? 'n_ctx' : 'n_positions', {
      alias: 'max_position_embeddings',
    }),
    parallel: false,
    positions: 'learned',
    normalization: 'LN',
    finalRms: false,
    epsilon: positive(json.layer_norm_epsilon ?? 1e-5, 'layer_norm_epsilon', name),
    activation: activationOf(json.activation_function ?? 'gelu_new', name),
    tied: switchOf(json, name, 'tie_word_embeddings', true),
    scoreDivisors: scoreDivisors(nLayers, {
      divisor: switchOf(json, name, 'scale_attn_weights', true) ? Math.sqrt(dHead) : 1,
      byLayer: switchOf(json, name, 'scale_attn_by_inverse_layer_idx', false),
    }),
  };
}

/**
 * Parts of GPT-2.
 *
 * @throws {UserError} when weights are missing or have other shapes than the config says.
 */
function gpt2Parts(all: Weights, config: LanguageConfig): LanguageParts {
  const weights = body(all);
  const { dModel, dVocab, nCtx } = config;
  checkBlocks(weights.has, (layer) => `h.${layer}.ln_1.weight`, config);
  const embed = weights.take('wte.weight', [dVocab, dModel]);
  const unembed =
    !config.tied || all.has('lm_head.weight')
      ? all.take('lm_head.weight', [dVocab, dModel])
      : embed;
  return {
    config,
    embed,
    positions: weights.take('wpe.weight', [nCtx, dModel]),
    blocks: config.scoreDivisors.map((_, layer) =>
      gpt2Block(underPrefix(weights, `h.${layer}.`), config, layer),
    ),
    finalNorm: normAt(weights, 'ln_f', config.dModel, config.epsilon),
    unembed: { weight: unembed },
  };
}

function gpt2Block(weights: Weights, config: LanguageConfig, layer: number): Block {
  const { dModel: d, dMlp, nHeads } = config;
  const qkv = convAt(weights, 'attn.c_attn', d, 3 * d);
  const w = split(qkv.weight, [d, d, d]);
  const b = split(qkv.bias!, [d, d, d]);
  const [q, k, v] = w.map((weight, i): Linear => ({ weight, bias: b[i]!, order: 'in-out' }));
  return {
    ln1: normAt(weights, 'ln_1', config.dModel, config.epsilon),
    attention: {
      qkv: { q: q!, k: k!, v: v! },
      out: convAt(weights, 'attn.c_proj', d, d),
      nHeads,
      divisor: config.scoreDivisors[layer]!,
    },
    ln2: normAt(weights, 'ln_2', config.dModel, config.epsilon),
    mlp: {
      kind: 'plain',
      activation: mlpActivation(config),
      in: convAt(weights, 'mlp.c_fc', d, dMlp),
      out: convAt(weights, 'mlp.c_proj', dMlp, d),
    },
    parallel: config.parallel,
  };
}

function convAt(weights: Weights, name: string, nIn: number, nOut: number): Linear {
  const weight = weights.take(`${name}.weight`, [nIn, nOut]);
  return { weight, bias: weights.take(`${name}.bias`, [nOut]), order: 'in-out' };
}

function body(weights: Weights): Weights {
  return weights.has('transformer.wte.weight') ? underPrefix(weights, 'transformer.') : weights;
}

/** Where TransformerLens' weights of a block stand; those not named here are parts of `c_attn`. */
const IN_BLOCK: Readonly<Record<string, string>> = {
  'ln1.w': 'ln_1.weight',
  'ln1.b': 'ln_1.bias',
  'attn.W_O': 'attn.c_proj.weight',
  'attn.b_O': 'attn.c_proj.bias',
  'ln2.w': 'ln_2.weight',
  'ln2.b': 'ln_2.bias',
  'mlp.W_in': 'mlp.c_fc.weight',
  'mlp.b_in': 'mlp.c_fc.bias',
  'mlp.W_out': 'mlp.c_proj.weight',
  'mlp.b_out': 'mlp.c_proj.bias',
};

const OUTSIDE: Readonly<Record<string, string>> = {
  'embed.W_E': 'wte.weight',
  'pos_embed.W_pos': 'wpe.weight',
  'ln_final.w': 'ln_f.weight',
  'ln_final.b': 'ln_f.bias',
};

/** GPT-2's weights under TransformerLens' names. */
function gpt2Tensors(all: Weights, config: LanguageConfig): LensTensors {
  const weights = body(all);
  const { dModel, dVocab } = config;
  return {
    config,
    async read(name) {
      const shape = lensShape(config, name);
      if (name === 'unembed.b_U') return new Float32Array(dVocab);
      if (name === 'unembed.W_U') {
        const tied = !all.has('lm_head.weight');
        const rows = tied ? weights.read('wte.weight') : all.read('lm_head.weight');
        return transpose(await rows, dVocab, dModel);
      }
      const { layer, part } = splitLensName(name);
      if (layer === undefined) return weights.read(OUTSIDE[part]!);
      const own = IN_BLOCK[part];
      if (own !== undefined) return weights.read(`h.${layer}.${own}`);
      const which = 'QKV'.indexOf(part.at(-1)!);
      if (shape.length === 2) {
        const bias = await weights.read(`h.${layer}.attn.c_attn.bias`);
        return bias.slice(which * dModel, (which + 1) * dModel);
      }
      const fused = await weights.read(`h.${layer}.attn.c_attn.weight`);
      return headsOfColumns(fused, which, config);
    },
  };
}

/** Columns `which · dModel …` of `[dModel, 3 dModel]` as `[nHeads, dModel, dHead]`. */
function headsOfColumns(
  fused: Float32Array,
  which: number,
  { dModel, nHeads, dHead }: LanguageConfig,
): Float32Array {
  const out = new Float32Array(nHeads * dModel * dHead);
  for (let head = 0; head < nHeads; head++)
    for (let row = 0; row < dModel; row++) {
      const from = row * 3 * dModel + which * dModel + head * dHead;
      out.set(fused.subarray(from, from + dHead), (head * dModel + row) * dHead);
    }
  return out;
}
