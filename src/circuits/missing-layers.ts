// Which layers that roots need have no transcoder: their MLPs cannot be told apart into features.
import type { Root } from './attribution/targets.ts';
import type { CircuitWorld } from './method.ts';

/** Count the layers up to the highest whose transcoder a root needs: its own, or one below. */
function layersUpTo(root: Root, nLayers: number): number {
  switch (root.kind) {
    case 'feature':
      return root.layer + 1;
    case 'coder':
      return root.coder.layer + (/resid_post|mlp_out/.test(root.coder.input) ? 1 : 0);
    default:
      return nLayers;
  }
}

/** List the layers without transcoder that lie below a root, or that it belongs to, ascending. */
export function missingLayers({
  roots,
  backbone,
  transcoders,
}: Pick<CircuitWorld, 'roots' | 'backbone' | 'transcoders'>): number[] {
  const { nLayers } = backbone.config;
  const highest = Math.max(...roots.map((root) => layersUpTo(root, nLayers)));
  const height = Math.min(nLayers, highest);
  return [...Array(height).keys()].filter((layer) => !transcoders.layers.includes(layer));
}
