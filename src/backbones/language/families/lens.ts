// Weights under TransformerLens' own names and shapes (tensors.ts): the small models published in that form, and the
// files that processing writes.
import { UserError } from '../../../base/errors.ts';
import type { Value } from '../../../compute/onnx/graph.ts';
import { reshape, transpose } from '../../../compute/onnx/ops.ts';
import type { Block } from '../../block/block.ts';
import type { Linear } from '../../block/linear.ts';
import type { Norm } from '../../block/norm.ts';
import { underPrefix, type Weights } from '../../weights.ts';
import {
  activationOf,
  fieldsOf,
  layersOf,
  positive,
  scoreDivisors,
  switchOf,
} from '../config-fields.ts';
import { refuseOtherValues } from '../config-limits.ts';
import type { ConfigJson, LanguageFamily } from '../family.ts';
import type { LanguageParts } from '../graph/language.ts';
import { type LanguageConfig, mlpActivation } from '../model-config.ts';
import { checkBlocks, type LensTensors, lensShape } from '../weights/tensors.ts';

/** Family of models in TransformerLens' own format; what processing writes is of it, too. */
export const lens = {
  name: 'lens',
  title: "TransformerLens' own small models",
  reads: (json) => json.model_type === undefined && 'd_model' in json && 'n_heads' in json,
  config: lensConfig,
  parts: lensParts,
  tensors: lensTensors,
} as const satisfies LanguageFamily;

/** What TransformerLens' own config can say, where only one way is computed here. */
const ONLY: Readonly<Record<string, readonly unknown[]>> = {
  attention_dir: ['causal'],
  positional_embedding_type: ['standard', 'shortformer'],
  use_attn_scale: [true],
  scale_attn_by_inverse_layer_idx: [false],
  parallel_attn_mlp: [false],
  gated_mlp: [false],
  use_local_attn: [false],
  use_normalization_before_and_after: [false],
  use_qk_norm: [false],
  post_embedding_ln: [false],
  rmsnorm_uses_offset: [false],
  rotary_dim: [],
  window_size: [],
  attn_types: [],
  num_experts: [],
  output_logits_soft_cap: [0, -1],
  attn_scores_soft_cap: [0, -1],
};

function lensConfig(json: ConfigJson, name: string): LanguageConfig {
  const read = fieldsOf(json, name);
  const nLayers = layersOf(json, name, 'n_layers');
  const dHead = read('d_head');
  const nHeads = read('n_heads');
  const key = 'normalization' in json ? 'normalization' : 'normalization_type';
  if (json[key] === undefined) {
    throw new UserError(`'normalization' in the config of model '${name}' is missing`);
  }
  refuseOtherValues(json, name, {
    ...ONLY,
    n_key_value_heads: [nHeads],
    attn_scale: [Math.sqrt(dHead), -1],
    d_vocab_out: [json.d_vocab, -1],
  });
  const normalization = json[key] ?? 'none';
  if (normalization !== 'LN' && normalization !== 'LNPre' && normalization !== 'none') {
    throw new UserError(`unsupported normalization '${String(normalization)}' of model '${name}'`, {
      hint: 'supported are LN, LNPre and none',
    });
  }
  const attentionOnly = switchOf(json, name, 'attn_only', false);
  const isShortformer =
    switchOf(json, name, 'shortformer_pos', false) ||
    json.positional_embedding_type === 'shortformer';
  return {
    architecture: 'lens',
    nLayers,
    dModel: read('d_model'),
    nHeads,
    dHead,
    dMlp: attentionOnly ? 0 : read('d_mlp'),
    dVocab: read('d_vocab'),
    nCtx: read('n_ctx'),
    parallel: false,
    positions: isShortformer ? 'shortformer' : 'learned',
    normalization,
    finalRms: switchOf(json, name, 'final_rms', false),
    epsilon: positive(json.eps ?? 1e-5, 'eps', name),
    activation: attentionOnly ? 'relu' : activationOf(json.act_fn, name),
    scoreDivisors: scoreDivisors(nLayers, { divisor: Math.sqrt(dHead) }),
  };
}

/**
 * Parts of a model in TransformerLens' format.
 *
 * @throws {UserError} when weights are missing or of another shape.
 */
function lensParts(weights: Weights, config: LanguageConfig): LanguageParts {
  const { dModel, dVocab, nCtx } = config;
  checkBlocks(weights.has, (layer) => `blocks.${layer}.attn.W_Q`, config);
  return {
    config,
    embed: weights.take('embed.W_E', [dVocab, dModel]),
    positions:
      config.positions === 'rotary' ? undefined : weights.take('pos_embed.W_pos', [nCtx, dModel]),
    blocks: config.scoreDivisors.map((_, layer) =>
      lensBlock(underPrefix(weights, `blocks.${layer}.`), config, layer),
    ),
    finalNorm: normOf(weights, 'ln_final', dModel, config),
    unembed: {
      weight: weights.take('unembed.W_U', [dModel, dVocab]),
      bias: biasAt(weights, 'unembed.b_U', [dVocab]),
      order: 'in-out',
    },
  };
}

function lensBlock(weights: Weights, config: LanguageConfig, layer: number): Block {
  const { dModel, dMlp, nHeads, dHead } = config;
  const width = nHeads * dHead;
  /** `[nHeads, dModel, dHead]` with its heads side by side. */
  const project = (which: string): Linear => {
    const weight = weights.take(`attn.W_${which}`, [nHeads, dModel, dHead]);
    const bias = biasAt(weights, `attn.b_${which}`, [nHeads, dHead], [width]);
    return {
      weight: reshape(transpose(weight, [1, 0, 2]), [dModel, width]),
      bias,
      order: 'in-out',
    };
  };
  const block: Block = {
    ln1: normOf(weights, 'ln1', dModel, config),
    attention: {
      qkv: { q: project('Q'), k: project('K'), v: project('V') },
      out: {
        weight: weights.take('attn.W_O', [nHeads, dHead, dModel], [width, dModel]),
        bias: biasAt(weights, 'attn.b_O', [dModel]),
        order: 'in-out',
      },
      nHeads,
      divisor: config.scoreDivisors[layer]!,
    },
    parallel: config.parallel,
  };
  if (dMlp === 0) return block;
  return {
    ...block,
    ln2: normOf(weights, 'ln2', dModel, config),
    mlp: {
      kind: 'plain',
      activation: mlpActivation(config),
      in: {
        weight: weights.take('mlp.W_in', [dModel, dMlp]),
        bias: biasAt(weights, 'mlp.b_in', [dMlp]),
        order: 'in-out',
      },
      norm:
        config.activation === 'solu_ln'
          ? normOf(weights, 'mlp.ln', dMlp, config, { always: true })
          : undefined,
      out: {
        weight: weights.take('mlp.W_out', [dMlp, dModel]),
        bias: biasAt(weights, 'mlp.b_out', [dModel]),
        order: 'in-out',
      },
    },
  };
}

/** A norm as the config says; the one behind SoLU is there (`always`) even where the others are not. */
function normOf(
  weights: Weights,
  name: string,
  size: number,
  { normalization, finalRms, epsilon }: LanguageConfig,
  { always = false }: { always?: boolean } = {},
): Norm | undefined {
  const isRms = finalRms && name === 'ln_final';
  const kind = isRms ? 'rms' : 'layer';
  if (normalization === 'none' && !always) return undefined;
  if (normalization !== 'LN') return { kind, epsilon };
  const gain = weights.take(`${name}.w`, [size]);
  return { kind, gain, bias: isRms ? undefined : weights.take(`${name}.b`, [size]), epsilon };
}

/** A bias, which old files may lack where it is zero. */
function biasAt(
  weights: Weights,
  name: string,
  shape: readonly number[],
  as: readonly number[] = shape,
): Value | undefined {
  return weights.has(name) ? weights.take(name, shape, as) : undefined;
}

/** The weights of such a file as they stand; biases that it lacks are zero. */
function lensTensors(weights: Weights, config: LanguageConfig): LensTensors {
  return {
    config,
    async read(name) {
      const shape = lensShape(config, name);
      const isBias = /\.b_\w+$/.test(name);
      if (isBias && !weights.has(name)) return new Float32Array(shape.reduce((a, b) => a * b, 1));
      return weights.read(name);
    },
  };
}
