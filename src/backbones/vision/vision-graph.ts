// The vision transformer that all families share: patches in, blocks, tokens out. A family is a description of its
// parts; this file turns it into a graph with the hook points that a run asks for.
import { constant, input, type Value } from '../../compute/onnx/graph.ts';
import { add, concat, expandLike, reshape, slice, transpose } from '../../compute/onnx/ops.ts';
import { type Block, transformerBlock } from '../block/block.ts';
import { collectHooks, type Hooks, VISION_HOOKS } from '../block/hooks.ts';
import { applyLinear, type Linear } from '../block/linear.ts';
import { hookedNorm, type Norm } from '../block/norm.ts';
import type { VisionConfig } from '../types.ts';

/** Name of the graph's input, `[batch, 3, imageSize, imageSize]`. */
export const PIXELS = 'pixels';
/** Name under which the result of the model's own forward pass is recorded. */
export const OUTPUT = 'output';

/** What a family says about its model. */
export interface VisionParts {
  readonly config: VisionConfig;
  /** `weight` `[dModel, 3 · patchSize²]`: channel, row, column of the patch. */
  readonly patchEmbed: Linear;
  /** `[1, 1, dModel]`. */
  readonly cls?: Value;
  /** `[1, nRegisters, dModel]`; they stand between CLS and the patches, without positions. */
  readonly registers?: Value;
  /** Positions of CLS (if there is one) and the patches, `[1, tokens, dModel]`. */
  readonly positions: Value;
  /** Norm before the first block (CLIP). */
  readonly preNorm?: Norm;
  readonly blocks: readonly Block[];
  /** Norm after the last block. */
  readonly finalNorm: Norm;
  /** The model's own result; `normed` and `residual` are the last tokens with and without the final norm. */
  readonly output: (tokens: { normed: Value; residual: Value }) => Value;
}

/** The graph of a model with the points in `wanted`, or with every point; in order of computation. */
export function visionGraph(
  parts: VisionParts,
  wanted?: ReadonlySet<string>,
): ReadonlyMap<string, Value> {
  const hooks = collectHooks(VISION_HOOKS, wanted);
  const { config, blocks } = parts;
  const pixels = input(PIXELS, ['batch', 3, config.imageSize, config.imageSize]);
  let x = embed(pixels, parts, hooks);
  blocks.forEach((block, i) => {
    x = transformerBlock(x, block, `blocks.${i}`, hooks).out;
  });
  const normed = hookedNorm(x, parts.finalNorm, 'ln_final', hooks);
  hooks.mark(OUTPUT, parts.output({ normed, residual: x }));
  return hooks.points;
}

/** Tokens that enter the first block, `[batch, tokens, dModel]`. */
function embed(pixels: Value, parts: VisionParts, hooks: Hooks): Value {
  const { cls, registers, preNorm, config } = parts;
  const patches = patchEmbedding(pixels, parts.patchEmbed, config);
  const perImage = (token: Value): Value =>
    expandLike(token, pixels, ['batch', ...token.shape.slice(1)]);
  const tokens = cls === undefined ? patches : concat([perImage(cls), patches], 1);
  const content = hooks.mark('hook_embed', tokens);
  const positions = hooks.wants('hook_pos_embed')
    ? hooks.mark('hook_pos_embed', perImage(parts.positions))
    : parts.positions;
  let x = add(content, positions);
  if (registers !== undefined) {
    const nTokens = x.shape[1] as number;
    x = concat([slice(x, 1, 0, 1), perImage(registers), slice(x, 1, 1, nTokens)], 1);
  }
  return preNorm === undefined ? x : hookedNorm(x, preNorm, 'ln_pre', hooks);
}

/**
 * Cut the image into patches and map each to `dModel` numbers: `[batch, nPatches, dModel]`, row by row. The same as a
 * convolution with stride `patchSize`; pixels beyond the last whole patch are left out, as there.
 */
function patchEmbedding(
  pixels: Value,
  weights: Linear,
  { imageSize, patchSize: p, nPatches }: VisionConfig,
): Value {
  const grid = Math.floor(imageSize / p);
  let x = pixels;
  for (const axis of [2, 3]) if (grid * p < imageSize) x = slice(x, axis, 0, grid * p);
  const cut = transpose(reshape(x, ['batch', 3, grid, p, grid, p]), [0, 2, 4, 1, 3, 5]);
  return applyLinear(reshape(cut, ['batch', nPatches, 3 * p * p]), weights);
}

/** Positions known now as a graph value, `[1, tokens, dModel]`. */
export function positionsOf(data: Float32Array, dModel: number): Value {
  return constant(data, [1, data.length / dModel, dModel]);
}

/** CLS and patches of `[batch, tokens, dModel]`, without registers. */
export function withoutRegisters(tokens: Value, { nRegisters }: VisionConfig): Value {
  if (nRegisters === 0) return tokens;
  const nTokens = tokens.shape[1] as number;
  return concat([slice(tokens, 1, 0, 1), slice(tokens, 1, 1 + nRegisters, nTokens)], 1);
}
