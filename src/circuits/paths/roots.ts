// Roots as vectors that path search begins from.
import { softmax } from '../../base/arrays.ts';
import type { Root } from '../attribution/targets.ts';
import type { CircuitWorld } from '../method.ts';
import type { FeatureVector } from './components.ts';
import type { RootPaths } from './graph-nodes.ts';
import { coderFeature, logitFeature, vectorFeature } from './starts.ts';

/** Where a search begins, and what of the model it stands for. */
export interface PathRoot {
  readonly start: FeatureVector;
  readonly logit?: RootPaths['logit'];
}

/** Give the vector of each root; roots that are chosen by the model itself are none of paths. */
export async function pathRoots(world: CircuitWorld): Promise<PathRoot[]> {
  const { roots, backbone, tokens, signal } = world;
  const needsLogits = roots.some(({ kind }) => kind === 'logit');
  const logits = needsLogits ? await backbone.logits([tokens], { signal }) : undefined;
  const chances = logits && softmax(logits.data.subarray(-backbone.config.dVocab));
  const found: PathRoot[] = [];
  for (const root of roots) found.push(await pathRoot(root, world, chances));
  return found;
}

async function pathRoot(
  root: Root,
  { backbone, transcoders }: CircuitWorld,
  chances: Float64Array | undefined,
): Promise<PathRoot> {
  switch (root.kind) {
    case 'feature': {
      const coder = await transcoders.at(root.layer);
      return { start: coderFeature(coder, root.feature, { token: root.position }) };
    }
    case 'coder':
      return { start: coderFeature(root.coder, root.feature, { token: root.position }) };
    case 'vector':
      return { start: vectorFeature(root.point, root.vector, root.position) };
    case 'logit':
    case 'difference': {
      const { token, less } = { less: undefined, ...root };
      const start = await logitFeature(backbone, { plus: token, minus: less });
      const probability = less === undefined ? chances?.[token] : undefined;
      return { start, logit: { token, less, probability } };
    }
    default:
      throw new RangeError(`no root of paths: '${root.kind}'`);
  }
}
