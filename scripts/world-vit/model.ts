// The world's transformer as a graph to train: the backbone's own code on weights that are fed at every step.

import { applyLinear } from '../../src/backbones/block/linear.ts';
import { applyNorm } from '../../src/backbones/block/norm.ts';
import { clipParts } from '../../src/backbones/vision/families/clip.ts';
import { OUTPUT, PIXELS, visionGraph } from '../../src/backbones/vision/vision-graph.ts';
import { input, type Value } from '../../src/compute/onnx/graph.ts';
import { buildModel } from '../../src/compute/onnx/model.ts';
import {
  add,
  concat,
  logSoftmax,
  mul,
  neg,
  reduceSum,
  reshape,
  slice,
  split,
} from '../../src/compute/onnx/ops.ts';
import { fedWeights, weightInputs } from '../training/fed-weights.ts';
import { trainingOutputs } from '../training/gradients.ts';
import { drawWeights } from '../training/initial-weights.ts';
import { IMAGE_GROUPS, PATCH_GROUPS } from './targets.ts';

export const SIZES = {
  dModel: 128,
  nBlocks: 5,
  nHeads: 4,
  dMlp: 512,
  patch: 8,
  image: 64,
} as const;
const N_PATCHES = (SIZES.image / SIZES.patch) ** 2;
/** Block after which a second set of heads reads: the one that features are looked for in. */
const INNER = `blocks.${SIZES.nBlocks - 2}.hook_resid_post`;

/** Shapes of all weights by name: the backbone's, then the heads' (which only training needs). */
export function weightShapes(): Map<string, readonly number[]> {
  const { dModel: d, nBlocks, dMlp, patch } = SIZES;
  const shapes = new Map<string, readonly number[]>();
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [d]).set(`${name}.bias`, [d]);
  };
  const linear = (name: string, out: number, inner: number): void => {
    shapes.set(`${name}.weight`, [out, inner]).set(`${name}.bias`, [out]);
  };
  shapes.set('conv1.weight', [d, 3, patch, patch]);
  shapes.set('class_embedding', [d]);
  shapes.set('positional_embedding', [1 + N_PATCHES, d]);
  norm('ln_pre');
  for (let i = 0; i < nBlocks; i++) {
    const block = `transformer.resblocks.${i}`;
    norm(`${block}.ln_1`);
    shapes
      .set(`${block}.attn.in_proj_weight`, [3 * d, d])
      .set(`${block}.attn.in_proj_bias`, [3 * d]);
    linear(`${block}.attn.out_proj`, d, d);
    norm(`${block}.ln_2`);
    linear(`${block}.mlp.c_fc`, dMlp, d);
    linear(`${block}.mlp.c_proj`, d, dMlp);
  }
  norm('ln_post');
  norm('heads.inner_ln');
  const total = (groups: readonly { size: number }[]): number =>
    groups.reduce((n, { size }) => n + size, 0);
  linear('heads.patch', total(PATCH_GROUPS), d);
  linear('heads.inner_patch', total(PATCH_GROUPS), d);
  linear('heads.image', total(IMAGE_GROUPS), d);
  return shapes;
}

/** Whether a weight belongs to a training head. */
export function isHead(name: string): boolean {
  return name.startsWith('heads.');
}

/** First weights: normal, narrower where blocks write to the residual stream; norms at one. */
export function initialWeights(seed: number): Map<string, Float32Array> {
  return drawWeights(weightShapes(), seed, (name) => {
    if (name === 'conv1.weight') return 0.07;
    return /out_proj|c_proj/.test(name) ? 0.02 / Math.sqrt(SIZES.nBlocks) : 0.04;
  });
}

/**
 * The training graph. Inputs: every weight by its name, `pixels` `[batch, 3, 64, 64]`, `patch_targets`
 * `[batch, 64, classes]` and `image_targets` `[batch, classes]`: the weight of each class, 0 where it is not the case.
 * Outputs: `loss`, `patch_logits`, `image_logits`, and `d:<weight>` for each weight.
 */
export function trainingModel(): Uint8Array {
  const shapes = weightShapes();
  const values = weightInputs(shapes);
  const parts = clipParts(fedWeights(shapes, values), {
    nHeads: SIZES.nHeads,
    imageSize: SIZES.image,
  });
  const patterns = Array.from({ length: SIZES.nBlocks }, (_, i) => `blocks.${i}.attn.hook_pattern`);
  const points = visionGraph(parts, new Set([...patterns, INNER, OUTPUT]));

  const at = (name: string): Value => values.get(name)!;
  const head = (name: string) => ({
    weight: at(`heads.${name}.weight`),
    bias: at(`heads.${name}.bias`),
  });
  const tokens = points.get(OUTPUT)!;
  const patches = (x: Value): Value => slice(x, 1, 1, 1 + N_PATCHES);
  const innerNorm = {
    gain: at('heads.inner_ln.weight'),
    bias: at('heads.inner_ln.bias'),
    epsilon: 1e-5,
  };
  const patchLogits = applyLinear(patches(tokens), head('patch'));
  const innerLogits = applyLinear(
    applyNorm(patches(points.get(INNER)!), innerNorm),
    head('inner_patch'),
  );
  const cls = reshape(slice(tokens, 1, 0, 1), ['batch', SIZES.dModel]);
  const imageLogits = applyLinear(cls, head('image'));

  const patchTargets = input('patch_targets', patchLogits.shape);
  const imageTargets = input('image_targets', imageLogits.shape);
  const loss = [
    crossEntropy(patchLogits, patchTargets, PATCH_GROUPS),
    crossEntropy(innerLogits, patchTargets, PATCH_GROUPS),
    crossEntropy(imageLogits, imageTargets, IMAGE_GROUPS),
  ].reduce(add);
  const outputs = trainingOutputs(loss, values);
  outputs.set('patch_logits', patchLogits).set('image_logits', imageLogits);
  return buildModel(outputs).bytes;
}

export { PIXELS };

/** `−Σ target · log softmax(logits)`, a softmax for each group of classes. Targets carry the weights of the mean. */
function crossEntropy(logits: Value, targets: Value, groups: readonly { size: number }[]): Value {
  const parts = split(
    logits,
    groups.map(({ size }) => size),
  ).map((part) => logSoftmax(part));
  const all = mul(targets, concat(parts, -1));
  const axes = all.shape.map((_, i) => i);
  return neg(reduceSum(all, axes, false));
}
