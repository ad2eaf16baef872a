// From a model's config.json to what a backbone must know: HuggingFace's GPT-2 and GPT-NeoX configs, and those of
// TransformerLens' own models.
import { UserError } from '../../base/errors.ts';
import type { LanguageActivation, LanguageConfig } from './model-config.ts';

type Json = Readonly<Record<string, unknown>>;

/** What HuggingFace and TransformerLens call the activations. */
const ACTIVATIONS: Readonly<Record<string, LanguageActivation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  solu: 'solu',
  solu_ln: 'solu_ln',
};

const HINT =
  "GPT-2, GPT-NeoX (Pythia) and TransformerLens' own small models can be read; the config names its architecture";

/** Read a parsed `config.json`; `name` is the model's, for errors. Throws a UserError for other architectures. */
export function languageConfig(json: unknown, name: string): LanguageConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError(`invalid config of model '${name}': not an object`);
  }
  const config = json as Json;
  if (config.model_type === 'gpt2') return gpt2Config(config, name);
  if (config.model_type === 'gpt_neox') return neoxConfig(config, name);
  const isLens = config.model_type === undefined && 'd_model' in config && 'n_heads' in config;
  if (isLens) return lensConfig(config, name);
  const architecture = [config.architectures].flat()[0] ?? config.model_type ?? 'unknown';
  throw new UserError(`unsupported architecture '${String(architecture)}' of model '${name}'`, {
    hint: HINT,
  });
}

function gpt2Config(json: Json, name: string): LanguageConfig {
  const read = fields(json, name);
  if (json.add_cross_attention === true) {
    throw new UserError(`unsupported config of model '${name}': it has cross-attention`);
  }
  const [nLayers, dModel, nHeads] = [read('n_layer'), read('n_embd'), read('n_head')];
  const dHead = headWidth(dModel, nHeads, name);
  return {
    architecture: 'gpt2',
    nLayers,
    dModel,
    nHeads,
    dHead,
    dMlp: read('n_inner', 4 * dModel),
    dVocab: read('vocab_size'),
    nCtx: read('n_positions', json.n_ctx as number | undefined),
    parallel: false,
    positions: 'learned',
    normalization: 'LN',
    finalRms: false,
    epsilon: positive(json.layer_norm_epsilon ?? 1e-5, 'layer_norm_epsilon', name),
    activation: activationOf(json.activation_function ?? 'gelu_new', name),
    scoreDivisors: scoreDivisors(nLayers, {
      divisor: json.scale_attn_weights === false ? 1 : Math.sqrt(dHead),
      byLayer: json.scale_attn_by_inverse_layer_idx === true,
    }),
  };
}

function neoxConfig(json: Json, name: string): LanguageConfig {
  const read = fields(json, name);
  const nLayers = read('num_hidden_layers');
  const [dModel, nHeads] = [read('hidden_size'), read('num_attention_heads')];
  const dHead = headWidth(dModel, nHeads, name);
  const rope = (json.rope_parameters ?? {}) as Json;
  const kind = rope.rope_type ?? (json.rope_scaling as Json | null | undefined)?.type ?? 'default';
  if (kind !== 'default') {
    throw new UserError(`unsupported rotary positions '${String(kind)}' of model '${name}'`);
  }
  const share = positive(json.rotary_pct ?? rope.partial_rotary_factor ?? 0.25, 'rotary_pct', name);
  const base = positive(json.rotary_emb_base ?? rope.rope_theta ?? 10_000, 'rotary_emb_base', name);
  const dim = Math.trunc(share * dHead);
  if (dim < 2 || dim > dHead || dim % 2 !== 0) {
    throw new UserError(`invalid rotary_pct ${share} of model '${name}': heads are ${dHead} wide`);
  }
  return {
    architecture: 'neox',
    nLayers,
    dModel,
    nHeads,
    dHead,
    dMlp: read('intermediate_size'),
    dVocab: read('vocab_size'),
    nCtx: read('max_position_embeddings'),
    parallel: json.use_parallel_residual !== false,
    positions: 'rotary',
    rotary: { dim, base },
    normalization: 'LN',
    finalRms: false,
    epsilon: positive(json.layer_norm_eps ?? 1e-5, 'layer_norm_eps', name),
    activation: activationOf(json.hidden_act ?? 'gelu', name),
    scoreDivisors: scoreDivisors(nLayers, { divisor: Math.sqrt(dHead) }),
  };
}

function lensConfig(json: Json, name: string): LanguageConfig {
  const read = fields(json, name);
  const nLayers = read('n_layers');
  const dHead = read('d_head');
  const normalization = json.normalization ?? json.normalization_type ?? 'none';
  if (normalization !== 'LN' && normalization !== 'LNPre' && normalization !== 'none') {
    throw new UserError(`unsupported normalization '${String(normalization)}' of model '${name}'`, {
      hint: HINT,
    });
  }
  const attentionOnly = json.attn_only === true;
  return {
    architecture: 'lens',
    nLayers,
    dModel: read('d_model'),
    nHeads: read('n_heads'),
    dHead,
    dMlp: attentionOnly ? 0 : read('d_mlp'),
    dVocab: read('d_vocab'),
    nCtx: read('n_ctx'),
    parallel: false,
    positions: json.shortformer_pos === true ? 'shortformer' : 'learned',
    normalization,
    finalRms: json.final_rms === true,
    epsilon: positive(json.eps ?? 1e-5, 'eps', name),
    activation: attentionOnly ? 'relu' : activationOf(json.act_fn, name),
    scoreDivisors: scoreDivisors(nLayers, { divisor: Math.sqrt(dHead) }),
  };
}

/** Read whole positive numbers by name; throws a UserError for anything else. */
function fields(json: Json, name: string): (field: string, fallback?: number) => number {
  return (field, fallback) => {
    const value = json[field] ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    const text = value === undefined ? 'missing' : `invalid: ${JSON.stringify(value)}`;
    throw new UserError(`'${field}' in the config of model '${name}' is ${text}`, {
      hint: 'expected a whole number above 0',
    });
  };
}

function positive(value: unknown, field: string, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new UserError(
    `'${field}' in the config of model '${name}' is invalid: ${JSON.stringify(value)}`,
  );
}

function headWidth(dModel: number, nHeads: number, name: string): number {
  if (dModel % nHeads === 0) return dModel / nHeads;
  throw new UserError(
    `invalid config of model '${name}': ${nHeads} heads do not divide a width of ${dModel}`,
  );
}

function activationOf(value: unknown, name: string): LanguageActivation {
  const known = typeof value === 'string' && Object.hasOwn(ACTIVATIONS, value);
  if (known) return ACTIVATIONS[value]!;
  throw new UserError(`unsupported activation function '${String(value)}' of model '${name}'`, {
    hint: `known: ${Object.keys(ACTIVATIONS).join(', ')}`,
  });
}

function scoreDivisors(
  nLayers: number,
  { divisor, byLayer = false }: { divisor: number; byLayer?: boolean },
): number[] {
  return Array.from({ length: nLayers }, (_, layer) => divisor * (byLayer ? layer + 1 : 1));
}
