// TransformerLens' processing of weights: the same function, in a form that is easier to take apart. Layer norms keep
// only their division (gain, bias and mean go into the weights that follow), nothing writes along the mean of the
// residual stream, logits average zero, and values have no bias.
//
// Original: transformer_lens, HookedTransformer.load_and_process_state_dict and weight_processing.py. The order of the
// steps is fold_layer_norm, center_writing_weights, center_unembed, fold_value_biases. All sums are float64 here.

import type { LanguageConfig } from '../model-config.ts';
import { type LensTensors, splitLensName } from './tensors.ts';

/** Which steps to take; all by default, as in TransformerLens. */
export interface ProcessingOptions {
  /** Fold gain, bias and mean of layer norms into what reads them. */
  readonly foldLayerNorm?: boolean;
  /** Take the mean over the residual stream's axis out of all weights that write to it. */
  readonly centerWritingWeights?: boolean;
  /** Take the mean over the vocabulary out of the unembedding. */
  readonly centerUnembed?: boolean;
  /** Move value biases into the output bias: patterns sum to 1. */
  readonly foldValueBiases?: boolean;
}

/** The options with what is left out. */
export function withDefaults(options: ProcessingOptions): Required<ProcessingOptions> {
  const defaults = {
    foldLayerNorm: true,
    centerWritingWeights: true,
    centerUnembed: true,
    foldValueBiases: true,
  };
  return { ...defaults, ...options };
}

/** The config of the processed model. */
export function processedConfig(
  config: LanguageConfig,
  options: ProcessingOptions = {},
): LanguageConfig {
  const folds = withDefaults(options).foldLayerNorm && canFold(config);
  return { ...config, architecture: 'lens', normalization: folds ? 'LNPre' : config.normalization };
}

/** The weights of the processed model, each computed when it is read. */
export function processedTensors(raw: LensTensors, options: ProcessingOptions = {}): LensTensors {
  const { config } = raw;
  const { foldLayerNorm, centerWritingWeights, ...rest } = withDefaults(options);
  const steps: Steps = {
    ...rest,
    config,
    read: (name) => raw.read(name),
    folding: foldLayerNorm && canFold(config),
    // Without norms, or with a last norm that keeps the mean, the mean of the residual stream matters.
    centring: centerWritingWeights && config.normalization !== 'none' && !config.finalRms,
  };
  return {
    config: processedConfig(config, options),
    read: async (name) => Float32Array.from(await processed(name, steps)),
  };
}

/** What queries and keys read in a shortformer is not the layer norm alone. */
function canFold({ positions, normalization }: LanguageConfig): boolean {
  return positions !== 'shortformer' && normalization === 'LN';
}

interface Steps {
  read(name: string): Promise<Float32Array>;
  readonly config: LanguageConfig;
  readonly folding: boolean;
  readonly centring: boolean;
  readonly centerUnembed: boolean;
  readonly foldValueBiases: boolean;
}

async function processed(name: string, steps: Steps): Promise<Float64Array> {
  const { dModel, dVocab } = steps.config;
  const { layer, part } = splitLensName(name);
  const block = `blocks.${layer}`;
  switch (part) {
    case 'embed.W_E':
      return centredRows(await wide(steps, name), dModel, steps.centring);
    case 'pos_embed.W_pos': {
      // A shortformer's positions are not written to the residual stream.
      const written = steps.config.positions === 'learned';
      return centredRows(await wide(steps, name), dModel, steps.centring && written);
    }
    case 'attn.W_Q':
    case 'attn.W_K':
    case 'attn.W_V':
      return foldedHeads(name, `${block}.ln1`, steps);
    case 'attn.b_V':
      if (steps.foldValueBiases) return new Float64Array((await steps.read(name)).length);
      return headBias(name, `${block}.ln1`, steps);
    case 'attn.b_Q':
    case 'attn.b_K':
      return headBias(name, `${block}.ln1`, steps);
    case 'attn.W_O':
      return centredRows(await wide(steps, name), dModel, steps.centring);
    case 'attn.b_O':
      return outputBias(block, steps);
    case 'mlp.W_in':
      return foldedMatrix(await wide(steps, name), `${block}.ln2`, dModel, steps);
    case 'mlp.b_in':
      return foldedBias(name, `${block}.mlp.W_in`, `${block}.ln2`, steps);
    case 'mlp.W_out': {
      const { activation, dMlp } = steps.config;
      const weight = await wide(steps, name);
      const folded =
        activation === 'solu_ln' ? foldedMatrix(weight, `${block}.mlp.ln`, dMlp, steps) : weight;
      return centredRows(await folded, dModel, steps.centring);
    }
    case 'mlp.b_out': {
      const bias =
        steps.config.activation === 'solu_ln'
          ? foldedBias(name, `${block}.mlp.W_out`, `${block}.mlp.ln`, steps)
          : wide(steps, name);
      return centredRows(await bias, dModel, steps.centring);
    }
    case 'unembed.W_U': {
      const weight = await foldedMatrix(await wide(steps, name), 'ln_final', dModel, steps);
      return centredRows(weight, dVocab, steps.centerUnembed);
    }
    case 'unembed.b_U': {
      const bias = await foldedBias(name, 'unembed.W_U', 'ln_final', steps);
      return centredRows(bias, dVocab, steps.centerUnembed);
    }
    default:
      return wide(steps, name);
  }
}

async function wide(steps: Steps, name: string): Promise<Float64Array> {
  return Float64Array.from(await steps.read(name));
}

/** Take the mean out of every row of `width` numbers. */
function centredRows(data: Float64Array, width: number, doIt: boolean): Float64Array {
  if (!doIt) return data;
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    let sum = 0;
    for (const value of row) sum += value;
    const mean = sum / width;
    for (let i = 0; i < width; i++) row[i]! -= mean;
  }
  return data;
}

/** `gain[r] W[r, c]`, less the mean over `r`: what reads a norm of `rows` numbers. */
async function foldedMatrix(
  weight: Float64Array,
  norm: string,
  rows: number,
  steps: Steps,
): Promise<Float64Array> {
  if (!steps.folding) return weight;
  const gain = await steps.read(`${norm}.w`);
  const columns = weight.length / rows;
  const mean = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    const row = weight.subarray(r * columns, (r + 1) * columns);
    for (let c = 0; c < columns; c++) {
      row[c]! *= gain[r]!;
      mean[c]! += row[c]!;
    }
  }
  // A norm that keeps the mean lets it through to the weights.
  if (norm === 'ln_final' && steps.config.finalRms) return weight;
  for (let c = 0; c < columns; c++) mean[c]! /= rows;
  for (let r = 0; r < rows; r++) {
    const row = weight.subarray(r * columns, (r + 1) * columns);
    for (let c = 0; c < columns; c++) row[c]! -= mean[c]!;
  }
  return weight;
}

/** `b[c] + Σ_r bias[r] W[r, c]` with the norm's bias and the weight before folding. */
async function foldedBias(
  name: string,
  weightName: string,
  norm: string,
  steps: Steps,
): Promise<Float64Array> {
  const bias = await wide(steps, name);
  if (!steps.folding || (norm === 'ln_final' && steps.config.finalRms)) return bias;
  return addProduct(bias, await steps.read(`${norm}.b`), await steps.read(weightName));
}

/** `out[c] += Σ_r x[r] W[r, c]`. */
function addProduct(out: Float64Array, x: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const columns = out.length;
  for (let r = 0; r < x.length; r++) {
    const factor = x[r]!;
    for (let c = 0; c < columns; c++) out[c]! += factor * w[r * columns + c]!;
  }
  return out;
}

/** `W_Q` and its like, `[nHeads, dModel, dHead]`: each head reads the norm by itself. */
async function foldedHeads(name: string, norm: string, steps: Steps): Promise<Float64Array> {
  const weight = await wide(steps, name);
  const { dModel, dHead } = steps.config;
  const size = dModel * dHead;
  for (let start = 0; start < weight.length; start += size)
    await foldedMatrix(weight.subarray(start, start + size), norm, dModel, steps);
  return weight;
}

/** `b_Q` and its like, `[nHeads, dHead]`, with the norm's bias. */
async function headBias(name: string, norm: string, steps: Steps): Promise<Float64Array> {
  const bias = await wide(steps, name);
  if (!steps.folding) return bias;
  const { dModel, dHead, nHeads } = steps.config;
  const weight = await steps.read(name.replace('.b_', '.W_'));
  const shift = await steps.read(`${norm}.b`);
  for (let head = 0; head < nHeads; head++) {
    const size = dModel * dHead;
    const own = weight.subarray(head * size, (head + 1) * size);
    addProduct(bias.subarray(head * dHead, (head + 1) * dHead), shift, own);
  }
  return bias;
}

/** `b_O`, with the value biases when they are folded: `b_O + Σ_h b_V[h] W_O[h]`. */
async function outputBias(block: string, steps: Steps): Promise<Float64Array> {
  const { dModel } = steps.config;
  const bias = await wide(steps, `${block}.attn.b_O`);
  if (steps.foldValueBiases) {
    const values = await headBias(`${block}.attn.b_V`, `${block}.ln1`, steps);
    addProduct(bias, values, await steps.read(`${block}.attn.W_O`));
  }
  return centredRows(bias, dModel, steps.centring);
}
