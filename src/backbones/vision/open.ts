// Opening a vision backbone by family: which file describes it, and how its images are prepared.
import { unknownName } from '../../base/errors.ts';
import { applyTransform, type ImageTransform } from '../../data/images/transform.ts';
import type { VisionBackbone } from '../types.ts';
import { openWeights, type WeightFile } from '../weights.ts';
import { clipParts } from './families/clip.ts';
import { dinov2Parts } from './families/dinov2.ts';
import { moondream2Parts } from './families/moondream2.ts';
import { siglipParts } from './families/siglip.ts';
import { worldParts } from './families/world.ts';
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
