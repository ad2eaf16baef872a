// What paths are made of in compatible mode: components of the model, directions in its residual stream, their names.
import { formatShort } from '../../formats/python/python-format.ts';

/** Kinds of components, by the names that the original prints; the last three stand for what a graph leaves out. */
export type ComponentType = 'mlp' | 'attn' | 'embed' | 'tc_error' | 'prune_error' | 'bias_error';

/** What a component's index counts: latents of an SAE or of a transcoder. */
export type FeatureType = 'none' | 'sae' | 'tc';

/** Where a direction lives: the residual stream before, within or after a block, or the output of its MLP. */
export type Sublayer = 'resid_pre' | 'resid_mid' | 'resid_post' | 'mlp_out';

/** A part of the model at a position: an attention head, a transcoder feature, the embedding. */
export interface Component {
  readonly layer: number;
  readonly type: ComponentType;
  /** Position in the prompt; the source of an attention head. Negative ones count from the end. */
  readonly token?: number;
  readonly head?: number;
  readonly featureType?: FeatureType;
  readonly feature?: number;
}

/** A direction that a path has led to, and how much it contributes. */
export interface FeatureVector {
  /** The components that make it unique; the last one is what it belongs to. */
  readonly components: readonly Component[];
  /** `[dModel]`: what `sublayer` is multiplied with. Error nodes of a graph have none. */
  readonly vector?: Float32Array;
  readonly layer: number;
  readonly sublayer: Sublayer;
  readonly token?: number;
  readonly contrib?: number;
  /** `zero_ablation`: cut at the activation of the feature that it goes through. */
  readonly contribType?: 'raw' | 'zero_ablation';
  /** Share of the direction that the layer's transcoder misses, for transcoder features; 0 for others. */
  readonly error: number;
}

/** A chain of directions from the root backwards. */
export type Path = readonly FeatureVector[];

/** What of a direction its name says. */
export interface NameOptions {
  /** All components, not the last one alone. @default true */
  readonly full?: boolean;
  /** The contribution. @default true */
  readonly contrib?: boolean;
  /** The position. @default true */
  readonly token?: boolean;
}

/** Name a component as the original does, without its position: `mlp3tc[14]`, `attn2[7]`, `embed0`. */
function componentName({ type, layer, head, featureType, feature }: Component): string {
  const heads = type === 'attn' ? `[${head ?? 'None'}]` : '';
  const features =
    featureType === undefined || feature === undefined ? '' : `${featureType}[${feature}]`;
  return `${type}${layer}${heads}${features}`;
}

/** Write the name of a direction as the original does: `mlp8tc[89]@-1: 7.6`; one without components has its place: `*resid_mid5@3`. */
export function featureName(feature: FeatureVector, options: NameOptions = {}): string {
  const { full = true, contrib = true, token = true } = options;
  const { components } = feature;
  const named = full ? components : components.slice(-1);
  const name =
    components.length === 0
      ? `*${feature.sublayer}${feature.layer}`
      : named.map(componentName).join('');
  const at = token && feature.token !== undefined ? `@${feature.token}` : '';
  const amount =
    contrib && feature.contrib !== undefined ? `: ${formatShort(feature.contrib, 2)}` : '';
  return `${name}${at}${amount}`;
}

/** Write a path as the original prints it: `mlp8tc[89]@-1: 7.6 <- attn2[2]@8: 0.35`. */
export function pathText(path: Path, options: NameOptions = { full: false }): string {
  return path.map((feature) => featureName(feature, options)).join(' <- ');
}

/**
 * Write paths as the lines that the original prints: those of each length under a head, or, given as one list, such as a
 * filter leaves, by their numbers alone.
 */
export function printedPaths(paths: readonly Path[] | readonly (readonly Path[])[]): string[] {
  const isList = (each: Path | readonly Path[]): each is Path =>
    each[0] !== undefined && !Array.isArray(each[0]);
  if (paths.some(isList)) {
    return (paths as readonly Path[]).map((path, i) => `Path [${i}]: ${pathText(path)}`);
  }
  return (paths as readonly (readonly Path[])[]).flatMap((level, n) =>
    level.length === 0
      ? []
      : [
          `--- Paths of size ${level[0]!.length} ---`,
          ...level.map((path, i) => `Path [${n}][${i}]: ${pathText(path)}`),
        ],
  );
}
