// The weights through which a model with frozen attention patterns, frozen norms and replaced MLPs is linear.
import { type HookPoint, hook, parseHook } from '../../backbones/hook-points.ts';
import type { LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { transpose } from '../../base/arrays.ts';
import { UserError } from '../../base/errors.ts';

/** Attention of one layer as linear maps, one head after the other; the gain of its norm is part of `wV`. */
export interface FrozenAttention {
  /** `[nHeads · dHead, dModel]`: from the residual stream to values, `gain ⊙ W_V` less its means, transposed. */
  readonly wV: Float32Array;
  /** `[nHeads · dHead, dModel]`: what values write. */
  readonly wO: Float32Array;
  /** `[nHeads · dHead]`: the part of values that no input changes, `b_V + b_ln W_V`. */
  readonly valueBias: Float32Array;
  /** `b_O + Σ valueBias W_O`, `[dModel]`: what attention adds wherever it looks. */
  readonly bias: Float32Array;
}

/** Read the attention weights of all layers, in the form that attribution needs. */
export async function frozenAttention(
  { config, matrices }: LanguageBackbone,
  signal?: AbortSignal,
): Promise<FrozenAttention[]> {
  const { nLayers, nHeads, dModel, normalization } = config;
  if (normalization === 'RMS') {
    throw new UserError(
      'unsupported model: circuits are traced through layer norms, not RMS norms',
    );
  }
  const layers: FrozenAttention[] = [];
  for (let layer = 0; layer < nLayers; layer++) {
    signal?.throwIfAborted();
    const norm = await normWeights(matrices.tensor, `blocks.${layer}.ln1`, config);
    const allV = heads(await matrices.tensor(`blocks.${layer}.attn.W_V`), nHeads);
    const { data: wO } = await matrices.tensor(`blocks.${layer}.attn.W_O`);
    const bV = heads(await matrices.tensor(`blocks.${layer}.attn.b_V`), nHeads);
    const bias = Float64Array.from((await matrices.b_O(layer)).data);
    const size = wO.length / nHeads;
    const wV = new Float32Array(wO.length);
    const valueBias: number[] = [];
    for (let head = 0; head < nHeads; head++) {
      const ownBias = timesMatrix(norm.bias, allV[head]!, bV[head]);
      timesMatrix(ownBias, wO.subarray(head * size, (head + 1) * size)).forEach((b, i) => {
        bias[i]! += b;
      });
      valueBias.push(...ownBias);
      const scaled = scaleRows(allV[head]!, norm.gain, dModel);
      const centred = normalization === 'none' ? scaled : centreColumns(scaled, dModel);
      wV.set(transpose(centred, dModel, centred.length / dModel), head * size);
    }
    layers.push({ wV, wO, valueBias: Float32Array.from(valueBias), bias: Float32Array.from(bias) });
  }
  return layers;
}

/** Gain and bias of a norm; undefined where they are 1 and 0. */
interface NormWeights {
  readonly gain?: Float32Array;
  readonly bias?: Float32Array;
}

/** Read the gain and the bias of a norm that has them. */
export async function normWeights(
  tensor: (name: string) => Promise<Tensor>,
  name: string,
  { normalization, finalRms }: LanguageBackbone['config'],
): Promise<NormWeights> {
  if (normalization !== 'LN') return {};
  const { data: gain } = await tensor(`${name}.w`);
  if (finalRms && name === 'ln_final') return { gain };
  return { gain, bias: (await tensor(`${name}.b`)).data };
}

/**
 * Where a hook point stands: `depth` counts the sublayers below it (0 before the first block, `2 l + 1` behind the
 * attention of block l, `2 l + 2` behind its MLP); `norm` is the norm whose output it is.
 */
interface ReadPoint {
  readonly depth: number;
  readonly norm?: string;
}

/**
 * Find where a vector at a hook point reads the residual stream.
 *
 * @throws {UserError} for points that are not linear in it, or that do not exist.
 */
export function readPoint(
  point: HookPoint,
  { nLayers, parallel }: LanguageBackbone['config'],
): ReadPoint {
  if (point === 'ln_final.hook_normalized') return { depth: 2 * nLayers, norm: 'ln_final' };
  const { layer = nLayers, part } = parseHook(point) ?? {};
  if (layer < nLayers) {
    const beforeMlp = 2 * layer + (parallel ? 0 : 1);
    if (part === 'hook_resid_pre') return { depth: 2 * layer };
    if (part === 'ln1.hook_normalized') return { depth: 2 * layer, norm: hook(layer, 'ln1') };
    if (part === 'hook_resid_mid' && !parallel) return { depth: 2 * layer + 1 };
    if (part === 'hook_mlp_in') return { depth: beforeMlp };
    if (part === 'ln2.hook_normalized') return { depth: beforeMlp, norm: hook(layer, 'ln2') };
    if (part === 'hook_resid_post') return { depth: 2 * layer + 2 };
  }
  throw new UserError(`unsupported hook point of a vector: '${point}'`, {
    hint: `a vector can read hook_resid_pre, hook_resid_mid, hook_resid_post, ln1.hook_normalized or ln2.hook_normalized of blocks 0 … ${nLayers - 1}, or ln_final.hook_normalized`,
  });
}

/** The parts of a tensor whose first axis is heads. */
function heads({ data }: Tensor, nHeads: number): Float32Array[] {
  const size = data.length / nHeads;
  return Array.from({ length: nHeads }, (_, head) => data.slice(head * size, (head + 1) * size));
}

/** `x M + b`, where an `x` left out is zero. */
function timesMatrix(
  x: Float32Array | undefined,
  matrix: Float32Array,
  b?: Float32Array,
): Float32Array {
  const columns = b?.length ?? matrix.length / x!.length;
  const sums = new Float64Array(columns);
  if (b !== undefined) sums.set(b);
  x?.forEach((value, row) => {
    for (let c = 0; c < columns; c++) sums[c]! += value * matrix[row * columns + c]!;
  });
  return Float32Array.from(sums);
}

/** `gain ⊙ M`, each row by its own number. */
function scaleRows(
  matrix: Float32Array,
  gain: Float32Array | undefined,
  rows: number,
): Float32Array {
  if (gain === undefined) return matrix;
  const columns = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[r * columns + c] = gain[r]! * matrix[r * columns + c]!;
  }
  return out;
}

/** Each column less its mean: the same product for rows that have been centred, and for those that have not. */
function centreColumns(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let at = c; at < matrix.length; at += columns) sum += matrix[at]!;
    const mean = sum / rows;
    for (let at = c; at < matrix.length; at += columns) out[at] = matrix[at]! - mean;
  }
  return out;
}
