// GPT-NeoX (Pythia) as HuggingFace stores it (transformers, modeling_gpt_neox.py). Linear layers are `[out, in]`; rows
// of the fused attention weight go head by head, each with its queries, keys and values.
//
//   gpt_neox.embed_in.weight [dVocab, d] · gpt_neox.final_layer_norm.{weight,bias} · embed_out.weight (or lm_head.weight)
//   gpt_neox.layers.N.{input_layernorm,post_attention_layernorm}.{weight,bias}
//   .attention.query_key_value.{weight [3d, d],bias} · .attention.dense.{…} · .mlp.{dense_h_to_4h,dense_4h_to_h}.{…}
import { transpose } from '../../../base/arrays.ts';
import { UserError } from '../../../base/errors.ts';
import type { Value } from '../../../compute/onnx/graph.ts';
import { reshape, split } from '../../../compute/onnx/ops.ts';
import type { Block } from '../../block/block.ts';
import type { Linear } from '../../block/linear.ts';
import { linearAt, normAt, underPrefix, type Weights } from '../../weights.ts';
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

/** Family of GPT-NeoX, which Pythia belongs to. */
export const neox = {
  name: 'neox',
  title: 'GPT-NeoX (Pythia)',
  reads: (json) => json.model_type === 'gpt_neox',
  config: neoxConfig,
  parts: neoxParts,
  tensors: neoxTensors,
} as const satisfies LanguageFamily;

/** Keys of the config that are read. */
const READ: readonly string[] = [
  ...['num_hidden_layers', 'hidden_size', 'num_attention_heads', 'intermediate_size'],
  ...['vocab_size', 'max_position_embeddings', 'layer_norm_eps', 'hidden_act'],
  ...['use_parallel_residual', 'attention_bias', 'rotary_pct', 'rotary_emb_base'],
  ...['rope_scaling', 'rope_parameters', 'rope_theta', 'partial_rotary_factor'],
];

/** Keys beside the kind of rotations that positions as they are may have. */
const ROPE_KEYS: readonly string[] = ['rope_theta', 'partial_rotary_factor'];

function neoxConfig(json: ConfigJson, name: string): LanguageConfig {
  const read = fieldsOf(json, name);
  refuseUnknownKeys(json, name, READ);
  const nLayers = layersOf(json, name, 'num_hidden_layers');
  const [dModel, nHeads] = [read('hidden_size'), read('num_attention_heads')];
  const dHead = headWidth(dModel, nHeads, name);
  return {
    architecture: 'neox',
    nLayers,
    dModel,
    nHeads,
    dHead,
    dMlp: read('intermediate_size'),
    dVocab: read('vocab_size'),
    nCtx: read('max_position_embeddings'),
    parallel: switchOf(json, name, 'use_parallel_residual', true),
    positions: 'rotary',
    rotary: rotaryOf(json, name, dHead),
    normalization: 'LN',
    finalRms: false,
    epsilon: positive(json.layer_norm_eps ?? 1e-5, 'layer_norm_eps', name),
    activation: activationOf(json.hidden_act ?? 'gelu', name),
    tied: switchOf(json, name, 'tie_word_embeddings', false),
    scoreDivisors: scoreDivisors(nLayers, { divisor: Math.sqrt(dHead) }),
  };
}

/** Width and base of the rotations, where transformers looks for them: `rope_scaling` goes before `rope_parameters`. */
function rotaryOf(json: ConfigJson, name: string, dHead: number): LanguageConfig['rotary'] {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const value = json[key] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new UserError(`invalid ${key} of model '${name}': ${JSON.stringify(value)}`);
    }
    const { rope_type, type, ...others } = value as ConfigJson;
    const kind = rope_type ?? type ?? 'default';
    const unknown = Object.keys(others).find((each) => !ROPE_KEYS.includes(each));
    if (kind === 'default' && unknown === undefined) continue;
    throw new UserError(`unsupported rotary positions '${String(kind)}' of model '${name}'`, {
      hint: `${key} is ${JSON.stringify(value)}; only positions as they are can be computed`,
    });
  }
  const rope = (json.rope_scaling ?? json.rope_parameters ?? {}) as ConfigJson;
  const share = positive(
    rope.partial_rotary_factor ?? json.rotary_pct ?? json.partial_rotary_factor ?? 0.25,
    'rotary_pct',
    name,
  );
  const base = positive(
    rope.rope_theta ?? json.rotary_emb_base ?? json.rope_theta ?? 10_000,
    'rotary_emb_base',
    name,
  );
  const dim = Math.trunc(share * dHead);
  if (dim >= 2 && dim <= dHead && dim % 2 === 0) return { dim, base };
  throw new UserError(`invalid rotary_pct ${share} of model '${name}': heads are ${dHead} wide`, {
    hint: `expected a share of the width that is even, at least 2 and at most ${dHead}`,
  });
}

/**
 * Parts of GPT-NeoX.
 *
 * @throws {UserError} when weights are missing or have other shapes than the config says.
 */
function neoxParts(all: Weights, config: LanguageConfig): LanguageParts {
  const weights = body(all);
  const { dModel, dVocab } = config;
  checkBlocks(weights.has, (layer) => `layers.${layer}.input_layernorm.weight`, config);
  const embed = weights.take('embed_in.weight', [dVocab, dModel]);
  const name = unembedName(all) ?? (config.tied ? undefined : 'embed_out.weight');
  const unembed = name === undefined ? embed : all.take(name, [dVocab, dModel]);
  return {
    config,
    embed,
    blocks: config.scoreDivisors.map((_, layer) =>
      neoxBlock(underPrefix(weights, `layers.${layer}.`), config, layer),
    ),
    finalNorm: normAt(weights, 'final_layer_norm', config.dModel, config.epsilon),
    unembed: { weight: unembed },
  };
}

function neoxBlock(weights: Weights, config: LanguageConfig, layer: number): Block {
  const { dModel: d, dMlp, nHeads } = config;
  const [q, k, v] = fusedAttention(weights, config);
  return {
    ln1: normAt(weights, 'input_layernorm', config.dModel, config.epsilon),
    attention: {
      qkv: { q: q!, k: k!, v: v! },
      out: linearAt(weights, 'attention.dense', d, d),
      nHeads,
      divisor: config.scoreDivisors[layer]!,
    },
    ln2: normAt(weights, 'post_attention_layernorm', config.dModel, config.epsilon),
    mlp: {
      kind: 'plain',
      activation: mlpActivation(config),
      in: linearAt(weights, 'mlp.dense_h_to_4h', dMlp, d),
      out: linearAt(weights, 'mlp.dense_4h_to_h', d, dMlp),
    },
    parallel: config.parallel,
  };
}

const FUSED = 'attention.query_key_value';

/** Queries, keys and values out of the fused layer. */
function fusedAttention(weights: Weights, { dModel: d, nHeads, dHead }: LanguageConfig): Linear[] {
  const weight = weights.take(`${FUSED}.weight`, [3 * d, d], [nHeads, 3, dHead, d]);
  const ws = split(weight, [1, 1, 1], 1).map((part) => reshape(part, [d, d]));
  if (!weights.has(`${FUSED}.bias`)) return ws.map((weight) => ({ weight }));
  const bias = weights.take(`${FUSED}.bias`, [3 * d], [nHeads, 3, dHead]);
  const bs: Value[] = split(bias, [1, 1, 1], 1).map((part) => reshape(part, [d]));
  return ws.map((weight, i) => ({ weight, bias: bs[i]! }));
}

function body(weights: Weights): Weights {
  return weights.has('gpt_neox.embed_in.weight') ? underPrefix(weights, 'gpt_neox.') : weights;
}

/** The unembedding, which newer versions of transformers call `lm_head`; undefined where it is the embedding. */
function unembedName(weights: Weights): string | undefined {
  return ['embed_out.weight', 'lm_head.weight'].find((name) => weights.has(name));
}

/** Weights that TransformerLens keeps as they are, and those that it transposes. */
const SAME: Readonly<Record<string, string>> = {
  'ln1.w': 'input_layernorm.weight',
  'ln1.b': 'input_layernorm.bias',
  'attn.b_O': 'attention.dense.bias',
  'ln2.w': 'post_attention_layernorm.weight',
  'ln2.b': 'post_attention_layernorm.bias',
  'mlp.b_in': 'mlp.dense_h_to_4h.bias',
  'mlp.b_out': 'mlp.dense_4h_to_h.bias',
};

const TRANSPOSED: Readonly<Record<string, string>> = {
  'attn.W_O': 'attention.dense.weight',
  'mlp.W_in': 'mlp.dense_h_to_4h.weight',
  'mlp.W_out': 'mlp.dense_4h_to_h.weight',
};

const OUTSIDE: Readonly<Record<string, string>> = {
  'embed.W_E': 'embed_in.weight',
  'ln_final.w': 'final_layer_norm.weight',
  'ln_final.b': 'final_layer_norm.bias',
};

/** GPT-NeoX's weights under TransformerLens' names; biases that it does not have are zero. */
function neoxTensors(all: Weights, config: LanguageConfig): LensTensors {
  const weights = body(all);
  return {
    config,
    async read(name) {
      const shape = lensShape(config, name);
      const size = shape.reduce((a, b) => a * b, 1);
      const { layer, part } = splitLensName(name);
      if (layer === undefined) return readOutside(all, weights, part, config);
      const at = (own: string): string => `layers.${layer}.${own}`;
      if (part in SAME) {
        const own = at(SAME[part]!);
        return weights.has(own) || !own.endsWith('.bias')
          ? weights.read(own)
          : new Float32Array(size);
      }
      if (part in TRANSPOSED) {
        const own = at(TRANSPOSED[part]!);
        const [nOut, nIn] = weights.shapeOf(own);
        return transpose(await weights.read(own), nOut!, nIn!);
      }
      const which = 'QKV'.indexOf(part.at(-1)!);
      if (shape.length === 3)
        return headsOfRows(await weights.read(at(`${FUSED}.weight`)), which, config);
      return weights.has(at(`${FUSED}.bias`))
        ? headsOfBias(await weights.read(at(`${FUSED}.bias`)), which, config)
        : new Float32Array(size);
    },
  };
}

async function readOutside(
  all: Weights,
  weights: Weights,
  part: string,
  { dModel, dVocab }: LanguageConfig,
): Promise<Float32Array> {
  if (part === 'unembed.b_U') return new Float32Array(dVocab);
  if (part !== 'unembed.W_U') return weights.read(OUTSIDE[part]!);
  const name = unembedName(all);
  const rows = name === undefined ? weights.read('embed_in.weight') : all.read(name);
  return transpose(await rows, dVocab, dModel);
}

/** Part `which` of every head of `[nHeads, 3, dHead, dModel]`, as `[nHeads, dModel, dHead]`. */
function headsOfRows(
  fused: Float32Array,
  which: number,
  { dModel, nHeads, dHead }: LanguageConfig,
): Float32Array {
  const size = dHead * dModel;
  const out = new Float32Array(nHeads * size);
  for (let head = 0; head < nHeads; head++) {
    const from = (head * 3 + which) * size;
    out.set(transpose(fused.subarray(from, from + size), dHead, dModel), head * size);
  }
  return out;
}

function headsOfBias(
  fused: Float32Array,
  which: number,
  { nHeads, dHead }: LanguageConfig,
): Float32Array {
  const out = new Float32Array(nHeads * dHead);
  for (let head = 0; head < nHeads; head++) {
    const from = (head * 3 + which) * dHead;
    out.set(fused.subarray(from, from + dHead), head * dHead);
  }
  return out;
}
