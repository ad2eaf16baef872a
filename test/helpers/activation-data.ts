// What the tests of image activations share: exact numbers, small shards, and a backbone small enough to compute by hand.
import type { LiveImagesOptions } from '../../src/activations/live/live-images.ts';
import type { LoadedPixels } from '../../src/activations/recording/record-images.ts';
import type { ActivationMetadata } from '../../src/activations/shards/metadata.ts';
import { openShardWriter } from '../../src/activations/shards/shard-writer.ts';
import { type HookPoint, residualHook } from '../../src/backbones/hook-points.ts';
import type { Tensor, VisionBackbone } from '../../src/backbones/types.ts';

/** The numbers of fixtures/activations/make.py: exact in float32. */
export function exactValues(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 7919) % 4093) / 256 - 8);
}

/** Metadata of 7 examples, 2 layers, 3 patches and CLS, 4 wide, 3 examples a shard. */
export function smallMetadata(changes: Partial<ActivationMetadata> = {}): ActivationMetadata {
  return {
    protocol: 'saev',
    family: 'world',
    checkpoint: 'arithmetic',
    layers: [-2, -1],
    nPatches: 3,
    hasCls: true,
    dModel: 4,
    seed: 42,
    nExamples: 7,
    maxTokensPerShard: 25,
    data: 'none',
    ...changes,
  } as ActivationMetadata;
}

/** Write shards with exact values; returns their folder and the values. */
export async function writeSmallShards(
  dumpTo: string,
  metadata: ActivationMetadata = smallMetadata(),
): Promise<{ folder: string; acts: Float32Array }> {
  const writer = await openShardWriter(dumpTo, metadata);
  const { nLayers, nTokens, dModel } = writer.geometry;
  const acts = exactValues(metadata.nExamples * nLayers * nTokens * dModel);
  if (acts.length > 0) await writer.append(acts);
  await writer.finish();
  return { folder: writer.folder, acts };
}

/**
 * A vision transformer by arithmetic: token `t` of layer `l` has at `j` the value
 * `(l + 1) · (pixel j of the image) + t`; CLS and one register come before the patches.
 */
export function arithmeticBackbone(
  options: {
    hasCls?: boolean;
    nRegisters?: number;
    broken?: (image: Float32Array) => boolean;
  } = {},
): VisionBackbone & { readonly batches: number[] } {
  const { hasCls = true, nRegisters = 1, broken = () => false } = options;
  const shape = {
    nLayers: 3,
    dModel: 4,
    nHeads: 1,
    imageSize: 4,
    patchSize: 2,
    nPatches: 4,
    hasCls,
    nRegisters,
  };
  const nTokens = (hasCls ? 1 : 0) + nRegisters + shape.nPatches;
  const residuals = [0, 1, 2].map((layer) => residualHook(layer, 3));
  const batches: number[] = [];
  return {
    family: 'world',
    checkpoint: 'arithmetic',
    config: shape,
    hookPoints: [
      ...residuals,
      'blocks.1.hook_mlp_out',
      'blocks.1.mlp.hook_pre',
      'blocks.1.attn.hook_pattern',
    ],
    batches,
    transform: { interpolation: 'nearest', scale: 'divide', mean: [0, 0, 0], std: [1, 1, 1] },
    preprocess: (image) => Float32Array.from(image.data),
    async run(pixels: Tensor, { record }): Promise<Map<HookPoint, Tensor>> {
      const n = pixels.shape[0]!;
      batches.push(n);
      await new Promise((resolve) => setTimeout(resolve, 1));
      const outputs = new Map<HookPoint, Tensor>();
      for (const hook of record) {
        if (hook.endsWith('hook_pattern')) {
          const data = new Float32Array(n * nTokens * nTokens);
          outputs.set(hook, { data, shape: [n, 1, nTokens, nTokens] });
          continue;
        }
        const width = hook.endsWith('hook_pre') ? 8 : 4;
        const layer = hook === 'blocks.1.hook_mlp_out' ? 9 : residuals.indexOf(hook);
        const data = new Float32Array(n * nTokens * width);
        for (let i = 0; i < n; i++) {
          const image = pixels.data.subarray(i * 48, (i + 1) * 48);
          for (let t = 0; t < nTokens; t++) {
            for (let j = 0; j < width; j++) {
              const value = (layer + 1) * image[j]! + t;
              data[(i * nTokens + t) * width + j] = broken(image) ? Number.NaN : value;
            }
          }
        }
        outputs.set(hook, { data, shape: [n, nTokens, width] });
      }
      return outputs;
    },
    close: async () => undefined,
  };
}

/** Pixels of image `index`: `index + j / 64`. */
export function imagePixels(index: number): Float32Array {
  return Float32Array.from({ length: 48 }, (_, j) => index + j / 64);
}

/** Images `from` … `n − 1`, those in `bad` broken. */
export async function* smallImages(
  n: number,
  from = 0,
  bad: readonly number[] = [],
): AsyncGenerator<LoadedPixels, void> {
  for (let index = from; index < n; index++) {
    yield bad.includes(index)
      ? { index, bad: `image ${index} is broken` }
      : { index, pixels: imagePixels(index) };
  }
}

/** Settings of `n` images that run along through the small backbone, unscaled, in runs of 4. */
export function smallLiveImages(
  n: number,
  changes: Partial<LiveImagesOptions> = {},
): LiveImagesOptions {
  return {
    backbone: arithmeticBackbone(),
    nExamples: n,
    images: async function* (indices) {
      for (const index of indices) yield { index, pixels: imagePixels(index) };
    },
    layer: 0,
    scaleMean: false,
    scaleNorm: false,
    batchImages: 4,
    bufferImages: 8,
    ...changes,
  };
}
