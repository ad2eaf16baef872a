// Reading the parts of a vision transformer from named weights: what several families' layouts have in common.
import { UserError } from '../../base/errors.ts';
import type { Activation } from '../block/activation.ts';
import type { Attention } from '../block/attention-parts.ts';
import type { Block } from '../block/block.ts';
import type { Linear } from '../block/linear.ts';
import type { VisionConfig } from '../types.ts';
import { linearAt, normAt, type Weights } from '../weights.ts';
import type { CheckpointConfig } from './types.ts';

/** Patch embedding stored as a convolution `[dModel, 3, p, p]`, with or without bias. */
export function patchEmbedAt(weights: Weights, name: string): Linear & PatchSizes {
  const [dModel, channels, height, width] = weights.shapeOf(`${name}.weight`);
  if (channels !== 3 || height === undefined || height !== width) {
    const shape = weights.shapeOf(`${name}.weight`).join(', ');
    throw new UserError(`unsupported patch embedding '${name}.weight' of shape [${shape}]`, {
      hint: 'vision transformers with square patches of three channels can be read',
    });
  }
  const sizes = [dModel!, 3, height, height];
  const weight = weights.take(`${name}.weight`, sizes, [dModel!, 3 * height * height]);
  const bias = weights.has(`${name}.bias`) ? weights.take(`${name}.bias`, [dModel!]) : undefined;
  return { weight, bias, dModel: dModel!, patchSize: height };
}

interface PatchSizes {
  readonly dModel: number;
  readonly patchSize: number;
}

/** Heads of models whose heads are not 64 wide, by width: the so400m, H, g, bigG and e sizes have 16. */
const SIXTEEN_HEADS = new Set([1152, 1280, 1408, 1664, 1792]);

/** Number of heads: as configured, else by the published sizes. Throws when it does not divide `dModel`. */
export function headsOf(dModel: number, config: CheckpointConfig, known?: number): number {
  const nHeads = config.nHeads ?? known ?? (SIXTEEN_HEADS.has(dModel) ? 16 : dModel / 64);
  if (Number.isInteger(nHeads) && nHeads > 0 && dModel % nHeads === 0) return nHeads;
  throw new UserError(`invalid number of heads ${nHeads} for a width of ${dModel}`, {
    hint: 'give nHeads in the config of the checkpoint',
  });
}

/** Sizes that follow from the patches: throws when the positions stored do not fit the image. */
export function visionConfig(
  sizes: Pick<VisionConfig, 'nLayers' | 'dModel' | 'nHeads' | 'patchSize' | 'hasCls'> & {
    /** Positions stored, CLS included. */
    readonly nPositions: number;
    readonly nRegisters?: number;
  },
  config: CheckpointConfig,
): VisionConfig {
  const { nLayers, dModel, nHeads, patchSize, hasCls, nPositions, nRegisters = 0 } = sizes;
  const stored = nPositions - (hasCls ? 1 : 0);
  const imageSize = config.imageSize ?? Math.floor(Math.sqrt(stored)) * patchSize;
  const nPatches = Math.floor(imageSize / patchSize) ** 2;
  if (nPatches !== stored) {
    throw new UserError(
      `invalid checkpoint: ${stored} patch positions do not fit images of ${imageSize} pixels in patches of ${patchSize}`,
    );
  }
  if (nLayers === 0) throw new UserError('invalid checkpoint: no transformer block in it');
  return { nLayers, dModel, nHeads, imageSize, patchSize, nPatches, hasCls, nRegisters };
}

/** The heads of an attention layer as wide as the residual stream, with scores over `√dHead`. */
export function headsIn(dModel: number, nHeads: number): Pick<Attention, 'nHeads' | 'divisor'> {
  return { nHeads, divisor: Math.sqrt(dModel / nHeads) };
}

/** A block with timm's key names, which SigLIP's and Moondream2's towers have. */
export function timmBlock(
  weights: Weights,
  { dModel, nHeads }: Pick<VisionConfig, 'dModel' | 'nHeads'>,
  { epsilon, activation }: { epsilon: number; activation: Activation },
): Block {
  const dMlp = weights.shapeOf('mlp.fc1.weight')[0]!;
  return {
    ln1: normAt(weights, 'norm1', dModel, epsilon),
    attention: {
      qkv: linearAt(weights, 'attn.qkv', 3 * dModel, dModel),
      out: linearAt(weights, 'attn.proj', dModel, dModel),
      ...headsIn(dModel, nHeads),
    },
    ln2: normAt(weights, 'norm2', dModel, epsilon),
    mlp: {
      kind: 'plain',
      activation,
      in: linearAt(weights, 'mlp.fc1', dMlp, dModel),
      out: linearAt(weights, 'mlp.fc2', dModel, dMlp),
    },
  };
}
