// What a family of vision transformers is: everything that one of them says about itself, in one object.
import type { ImageTransform } from '../../data/images/transform.ts';
import type { HubOptions } from '../../hub/client.ts';
import type { WeightFile } from '../weights.ts';
import type { CheckpointConfig, FoundWeights } from './types.ts';
import type { VisionParts } from './vision-graph.ts';

/** A family of vision transformers. `families/registry.ts` lists those that come with saev. */
export interface VisionFamily {
  /** What people call it in settings: `clip`. */
  readonly name: string;
  /** The checkpoint that is meant where none is named. */
  readonly defaultCheckpoint: string;
  /** Tell whether a checkpoint's name can only be this family's, so that the family need not be named. */
  knows(checkpoint: string): boolean;
  /**
   * Find the weights that a name stands for, downloading them unless the cache has them.
   *
   * @throws {UserError} when the name is unknown, naming the nearest ones, and when the hub gives nothing
   */
  resolve(checkpoint: string, options: HubOptions): Promise<FoundWeights>;
  /**
   * Describe a model in terms of the tensors of its checkpoint.
   *
   * @throws {UserError} when weights are missing or are not this family's
   */
  parts(weights: WeightFile, config: CheckpointConfig): VisionParts | Promise<VisionParts>;
  /** Preprocessing for a model whose images are `size` pixels a side. */
  transform(config: CheckpointConfig, size: number): ImageTransform;
  /** What part of an image its models usually see, where the checkpoint is not at hand. */
  readonly view: ImageTransform;
}
