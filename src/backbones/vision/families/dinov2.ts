// DINOv2 (dinov2/models/vision_transformer.py), with and without registers. Two layouts of the same weights are
// published; `d` is the width, biases are not listed:
//
//   original .pth: patch_embed.proj.weight · cls_token [1, 1, d] · pos_embed [1, 1 + patches, d] · register_tokens
//     blocks.N.{norm1,norm2} · .attn.{qkv,proj} · .{ls1,ls2}.gamma · .mlp.{fc1,fc2} or .mlp.{w12,w3} · norm
//   Hugging Face: embeddings.{patch_embeddings.projection,cls_token,position_embeddings,register_tokens}
//     encoder.layer.N.{norm1,norm2} · .attention.attention.{query,key,value} · .attention.output.dense
//     .{layer_scale1,layer_scale2}.lambda1 · .mlp.{fc1,fc2} or .mlp.{weights_in,weights_out} · layernorm

import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError, unknownName } from '../../../base/errors.ts';
import { kindOfPath } from '../../../base/files.ts';
import type { Value } from '../../../compute/onnx/graph.ts';
import type { ImageTransform } from '../../../data/images/transform.ts';
import type { HubOptions } from '../../../hub/client.ts';
import type { Activation } from '../../block/activation.ts';
import type { Attention } from '../../block/attention-parts.ts';
import type { Block } from '../../block/block.ts';
import type { Mlp } from '../../block/mlp.ts';
import { parseCheckpointName } from '../../checkpoint-name.ts';
import type { VisionConfig } from '../../types.ts';
import { asSafetensors, weightsFromHub, weightsFromPath } from '../../weight-files.ts';
import { countBlocks, linearAt, normAt, underPrefix, type Weights } from '../../weights.ts';
import { resizeGrid } from '../bicubic.ts';
import type { VisionFamily } from '../family.ts';
import { headsIn, headsOf, patchEmbedAt, visionConfig } from '../parts.ts';
import type { CheckpointConfig, FoundWeights } from '../types.ts';
import { positionsOf, type VisionParts, withoutRegisters } from '../vision-graph.ts';

/** Family of DINOv2, under torch.hub's names. */
export const dinov2 = {
  name: 'dinov2',
  defaultCheckpoint: 'dinov2_vitl14_reg',
  knows: (checkpoint) => Object.hasOwn(MODELS, checkpoint),
  resolve: resolveDinov2,
  parts: dinov2Parts,
  transform: (_, size) => dinov2Transform(size),
  view: dinov2Transform(),
} as const satisfies VisionFamily;

/** Shorter side to 8/7 of `size` (256 for 224), bilinear, then the middle square, with ImageNet's statistics. */
export function dinov2Transform(size = 224): ImageTransform {
  return {
    resize: { to: 'shortest', size: Math.round((size * 256) / 224) },
    interpolation: 'bilinear',
    crop: { width: size, height: size },
    scale: 'multiply',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
}

/** Where a layout keeps each part. */
interface Layout {
  readonly patchEmbed: string;
  readonly cls: string;
  readonly positions: string;
  readonly registers: string;
  readonly finalNorm: string;
  readonly block: (i: number) => string;
  readonly qkv: (weights: Weights, dModel: number) => Attention['qkv'];
  readonly attentionOut: string;
  readonly scale1: string;
  readonly scale2: string;
  /** Gate and input of SwiGLU, and its output. */
  readonly gated: readonly [string, string];
}

const ORIGINAL: Layout = {
  patchEmbed: 'patch_embed.proj',
  cls: 'cls_token',
  positions: 'pos_embed',
  registers: 'register_tokens',
  finalNorm: 'norm',
  block: (i) => `blocks.${i}.`,
  qkv: (weights, d) => linearAt(weights, 'attn.qkv', 3 * d, d),
  attentionOut: 'attn.proj',
  scale1: 'ls1.gamma',
  scale2: 'ls2.gamma',
  gated: ['mlp.w12', 'mlp.w3'],
};

const HUGGING_FACE: Layout = {
  patchEmbed: 'embeddings.patch_embeddings.projection',
  cls: 'embeddings.cls_token',
  positions: 'embeddings.position_embeddings',
  registers: 'embeddings.register_tokens',
  finalNorm: 'layernorm',
  block: (i) => `encoder.layer.${i}.`,
  qkv: (weights, d) => ({
    q: linearAt(weights, 'attention.attention.query', d, d),
    k: linearAt(weights, 'attention.attention.key', d, d),
    v: linearAt(weights, 'attention.attention.value', d, d),
  }),
  attentionOut: 'attention.output.dense',
  scale1: 'layer_scale1.lambda1',
  scale2: 'layer_scale2.lambda1',
  gated: ['mlp.weights_in', 'mlp.weights_out'],
};

/**
 * Parts of a DINOv2 model for images of `config.imageSize` pixels (224 by default, though the position embeddings were
 * trained at 518). Its output is CLS and patches after the final norm, `[batch, 1 + nPatches, dModel]`.
 */
async function dinov2Parts(all: Weights, given: CheckpointConfig): Promise<VisionParts> {
  const weights = all.has('dinov2.embeddings.cls_token') ? underPrefix(all, 'dinov2.') : all;
  const layout = [ORIGINAL, HUGGING_FACE].find(({ cls }) => weights.has(cls));
  if (layout === undefined || !weights.has(`${layout.patchEmbed}.weight`)) {
    throw new UserError('unsupported checkpoint: no DINOv2 vision transformer in it');
  }
  const { dModel, patchSize, ...patchEmbed } = patchEmbedAt(weights, layout.patchEmbed);
  const { imageSize = 224 } = given;
  const hasRegisters = weights.has(layout.registers);
  const nRegisters = hasRegisters ? weights.shapeOf(layout.registers)[1]! : 0;
  const nLayers = countBlocks(weights, (i) => `${layout.block(i)}norm1.weight`);
  const config = visionConfig(
    {
      nLayers,
      dModel,
      nHeads: headsOf(dModel, given),
      patchSize,
      hasCls: true,
      nPositions: 1 + Math.floor(imageSize / patchSize) ** 2,
      nRegisters,
    },
    { ...given, imageSize },
  );
  const epsilon = given.layerNormEpsilon ?? 1e-6;
  const kinds = { epsilon, activation: given.activation ?? 'gelu' };
  return {
    config,
    patchEmbed,
    cls: weights.take(layout.cls, [1, 1, dModel]),
    registers: hasRegisters ? weights.take(layout.registers, [1, nRegisters, dModel]) : undefined,
    positions: await positions(
      weights,
      layout.positions,
      dModel,
      imageSize / patchSize,
      hasRegisters,
    ),
    blocks: Array.from({ length: nLayers }, (_, i) =>
      dinov2Block(underPrefix(weights, layout.block(i)), layout, config, kinds),
    ),
    finalNorm: normAt(weights, layout.finalNorm, dModel, epsilon),
    output: ({ normed }) => withoutRegisters(normed, config),
  };
}

function dinov2Block(
  weights: Weights,
  layout: Layout,
  { dModel, nHeads }: VisionConfig,
  { epsilon, activation }: { epsilon: number; activation: Activation },
): Block {
  const gains = (name: string): Value | undefined =>
    weights.has(name) ? weights.take(name, [dModel]) : undefined;
  return {
    ln1: normAt(weights, 'norm1', dModel, epsilon),
    attention: {
      qkv: layout.qkv(weights, dModel),
      out: linearAt(weights, layout.attentionOut, dModel, dModel),
      ...headsIn(dModel, nHeads),
    },
    scale1: gains(layout.scale1),
    ln2: normAt(weights, 'norm2', dModel, epsilon),
    mlp: dinov2Mlp(weights, layout, dModel, activation),
    scale2: gains(layout.scale2),
  };
}

function dinov2Mlp(
  weights: Weights,
  { gated }: Layout,
  dModel: number,
  activation: Activation,
): Mlp {
  const [gateAndIn, out] = gated;
  if (weights.has(`${gateAndIn}.weight`)) {
    const both = weights.shapeOf(`${gateAndIn}.weight`)[0]!;
    return {
      kind: 'gated',
      activation: 'silu',
      gateAndIn: linearAt(weights, gateAndIn, both, dModel),
      out: linearAt(weights, out, dModel, both / 2),
    };
  }
  const dMlp = weights.shapeOf('mlp.fc1.weight')[0]!;
  return {
    kind: 'plain',
    activation,
    in: linearAt(weights, 'mlp.fc1', dMlp, dModel),
    out: linearAt(weights, 'mlp.fc2', dModel, dMlp),
  };
}

/**
 * Positions for a grid of `side × side` patches, as `interpolate_pos_encoding` makes them: models without registers
 * pass PyTorch a scale factor with 0.1 patches added to the side, those with registers shrink with antialiasing.
 */
async function positions(
  weights: Weights,
  name: string,
  dModel: number,
  patchesPerSide: number,
  hasRegisters: boolean,
): Promise<Value> {
  const nStored = weights.shapeOf(name)[1]!;
  const trained = Math.sqrt(nStored - 1);
  const side = Math.floor(patchesPerSide);
  const stored = weights.take(name, [1, nStored, dModel]);
  if (trained === side) return stored;
  if (!Number.isInteger(trained)) {
    throw new UserError(`invalid weight '${name}': ${nStored - 1} patch positions are no square`);
  }
  const data = await weights.read(name);
  const options = hasRegisters ? { antialias: true } : { step: trained / (side + 0.1) };
  const resized = resizeGrid(data.subarray(dModel), trained, side, options);
  const all = new Float32Array(dModel + resized.length);
  all.set(data.subarray(0, dModel));
  all.set(resized, dModel);
  return positionsOf(all, dModel);
}

/** Name → the repository with the same weights as safetensors, and the file that torch.hub keeps. */
const MODELS: Readonly<Record<string, { repo: string; file: string }>> = Object.fromEntries(
  [
    ['s', 'small'],
    ['b', 'base'],
    ['l', 'large'],
    ['g', 'giant'],
  ].flatMap(([letter, size]) => [
    [
      `dinov2_vit${letter}14`,
      { repo: `facebook/dinov2-${size}`, file: `dinov2_vit${letter}14_pretrain.pth` },
    ],
    [
      `dinov2_vit${letter}14_reg`,
      {
        repo: `facebook/dinov2-with-registers-${size}`,
        file: `dinov2_vit${letter}14_reg4_pretrain.pth`,
      },
    ],
  ]),
);

/** Names of weights in a repository, best first. */
const WEIGHTS = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/**
 * Resolve `dinov2_vitb14`, `dinov2_vitb14_reg` …, `hf-hub:org/name`, or the path of an original `.pth`. A file that
 * torch.hub downloaded before (`TORCH_HOME`) is used where it stands.
 *
 * @throws {UserError} for an unknown name.
 */
async function resolveDinov2(checkpoint: string, options: HubOptions): Promise<FoundWeights> {
  return { weights: await weightsOf(checkpoint, options), config: {} };
}

async function weightsOf(checkpoint: string, options: HubOptions): Promise<string> {
  if (Object.hasOwn(MODELS, checkpoint)) {
    const { repo, file } = MODELS[checkpoint]!;
    const original = join(torchHome(), 'hub', 'checkpoints', file);
    if ((await kindOfPath(original)) === 'file') return asSafetensors(original, options);
    return weightsFromHub({ type: 'model', name: repo }, WEIGHTS, options);
  }
  const name = await parseCheckpointName(checkpoint, options);
  if (name.kind === 'hub') return weightsFromHub(name.repo, WEIGHTS, options);
  if (name.kind === 'path') return weightsFromPath(name.path, options);
  throw unknownName('dinov2 checkpoint', checkpoint, Object.keys(MODELS));
}

function torchHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TORCH_HOME) return env.TORCH_HOME;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'torch');
}
