// Which layers below the roots have no transcoder: their MLPs cannot be told apart into features.
import type { Root } from './attribution/targets.ts';
import type { CircuitWorld } from './method.ts';

/** Count the layers whose MLPs can reach a root. */
function layersBelow(root: Root, nLayers: number): number {
  switch (root.kind) {
    case 'feature':
      return root.layer;
    case 'coder':
      return root.coder.layer + (/resid_post|mlp_out/.test(root.coder.input) ? 1 : 0);
    default:
      return nLayers;
  }
}

/** List the layers that lie below a root and have no transcoder, ascending. */
export function missingLayers({
  roots,
  backbone,
  transcoders,
}: Pick<CircuitWorld, 'roots' | 'backbone' | 'transcoders'>): number[] {
  const { nLayers } = backbone.config;
  const height = Math.max(...roots.map((root) => layersBelow(root, nLayers)));
  return [...Array(height).keys()].filter((layer) => !transcoders.layers.includes(layer));
}
