// Opening a vision backbone by family: which file describes it, and how its images are prepared.
import { unknownName } from '../../base/errors.ts';
import { applyTransform, type ImageTransform } from '../../data/images/transform.ts';
import type { HubOptions } from '../../hub/client.ts';
import type { VisionBackbone } from '../types.ts';
import { openWeights, type WeightFile } from '../weights.ts';
import { clipParts } from './families/clip.ts';
import { dinov2Parts, resolveDinov2 } from './families/dinov2.ts';
import { moondream2Parts, resolveMoondream2 } from './families/moondream2.ts';
import { siglipParts } from './families/siglip.ts';
import { resolveWorld, worldParts } from './families/world.ts';
import { resolveOpenClip } from './open-clip/open-clip.ts';
import {
  clipTransform,
  dinov2Transform,
  moondream2Transform,
  worldTransform,
} from './transforms.ts';
import type { BackboneConfig, ResolvedCheckpoint } from './types.ts';
import { type VisionBackboneOptions, visionBackbone } from './vision-backbone.ts';
import type { VisionParts } from './vision-graph.ts';

/** How a backbone runs, and the name it goes by. */
export type BackboneOptions = Pick<
  VisionBackboneOptions,
  'threads' | 'imagesPerRun' | 'maxSessions' | 'signal'
> & {
  /** The checkpoint as the person named it; the path of its weights by default. */
  readonly name?: string;
};

interface Family {
  parts(weights: WeightFile, config: BackboneConfig): VisionParts | Promise<VisionParts>;
  /** Preprocessing for images of `size` pixels a side. */
  transform(config: BackboneConfig, size: number): ImageTransform;
}

const square = (size: number): { width: number; height: number } => ({ width: size, height: size });

const openClip: Family['transform'] = (config, size) => clipTransform({ ...config, size });

const FAMILIES: Readonly<Record<string, Family>> = {
  clip: { parts: clipParts, transform: openClip },
  siglip: { parts: siglipParts, transform: openClip },
  dinov2: {
    parts: dinov2Parts,
    transform: (_, size) => {
      const published = dinov2Transform();
      const shortest = Math.round((size * 256) / 224);
      return { ...published, resize: { to: 'shortest', size: shortest }, crop: square(size) };
    },
  },
  moondream2: {
    parts: moondream2Parts,
    transform: (_, size) => ({
      ...moondream2Transform(),
      resize: { to: 'exact', ...square(size) },
    }),
  },
  world: {
    parts: (weights, config) => worldParts(weights, config, weights.metadata),
    transform: (_, size) => ({
      ...worldTransform(),
      resize: { to: 'shortest', size },
      crop: square(size),
    }),
  },
};

/** Names of the families that `openBackbone` knows. */
export const VISION_FAMILIES: readonly string[] = Object.keys(FAMILIES);

/**
 * Open a vision transformer from its published weights. Weights stay on disk until the first run. Throws a UserError
 * for an unknown family and for weights that are missing or do not fit it.
 */
export async function openBackbone(
  checkpoint: ResolvedCheckpoint,
  options: BackboneOptions = {},
): Promise<VisionBackbone> {
  const { family: name, weights: path, config } = checkpoint;
  const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
  if (family === undefined) throw unknownName('backbone family', name, VISION_FAMILIES);
  const weights = await openWeights(path);
  try {
    const parts = await family.parts(weights, config);
    const transform = family.transform(config, parts.shape.imageSize);
    return visionBackbone(parts, {
      family: name,
      checkpoint: options.name ?? path,
      weightsFolder: weights.folder,
      preprocess: (image) => applyTransform(image, transform),
      threads: options.threads,
      imagesPerRun: options.imagesPerRun,
      maxSessions: options.maxSessions,
      signal: options.signal,
    });
  } finally {
    await weights.close();
  }
}

type Resolve = (checkpoint: string, options: HubOptions) => Promise<ResolvedCheckpoint>;
const RESOLVERS: Readonly<Record<string, Resolve>> = {
  clip: (checkpoint, options) => resolveOpenClip('clip', checkpoint, options),
  siglip: (checkpoint, options) => resolveOpenClip('siglip', checkpoint, options),
  dinov2: resolveDinov2,
  moondream2: resolveMoondream2,
  world: resolveWorld,
};

/**
 * Find the weights that a checkpoint's name stands for, downloading them unless the cache has them:
 *
 * - clip, siglip: `ViT-B-16/openai`, `ViT-B-16-SigLIP/webli` and the other names of open_clip
 * - dinov2: `dinov2_vitb14`, `dinov2_vitb14_reg` and the other names of torch.hub
 * - moondream2: `vikhyatk/moondream2:2024-03-06`
 * - world: `world-vit`
 * - each: `hf-hub:org/name` (with `@revision`), or the path of a file or folder
 *
 * Throws a UserError for an unknown family or name, naming the nearest ones, and when the hub gives nothing.
 */
export async function resolveCheckpoint(
  family: string,
  checkpoint: string,
  options: HubOptions = {},
): Promise<ResolvedCheckpoint> {
  const resolve = Object.hasOwn(RESOLVERS, family) ? RESOLVERS[family]! : undefined;
  if (resolve === undefined) throw unknownName('backbone family', family, Object.keys(RESOLVERS));
  return resolve(checkpoint, options);
}
