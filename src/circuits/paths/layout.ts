// Where the nodes of a graph stand in a figure.
import { Random } from '../../base/random.ts';
import type { ComponentType, FeatureVector } from './components.ts';

const ERRORS: readonly (ComponentType | undefined)[] = ['tc_error', 'bias_error', 'prune_error'];

/** Place of a node along the layers: half a layer further within a block, a quarter back for what stands for an error. */
function layerPlace({ layer, sublayer, components }: FeatureVector): number {
  const isError = ERRORS.includes(components.at(-1)?.type);
  return layer + (sublayer === 'resid_mid' ? 0.5 : 0) - (isError ? 0.25 : 0);
}

/** How the nodes of a figure are spread. */
export interface LayoutOptions {
  /** How far nodes are moved up or down at random, so that edges do not hide one another. @default 0.3 */
  readonly jitter?: number;
  /** Height of the whole. @default 1 */
  readonly height?: number;
  readonly seed?: number;
}

/** Coordinates `[x, y]` of nodes by name: layers from left to right, the nodes of each spread evenly over the height. */
export function nodeCoordinates(
  nodes: ReadonlyMap<string, FeatureVector>,
  options: LayoutOptions = {},
): Map<string, [number, number]> {
  const { jitter = 0.3, height = 1, seed = 0 } = options;
  const random = new Random(seed, 'layout');
  const columns = new Map<number, string[]>();
  for (const [name, node] of nodes) {
    const x = layerPlace(node);
    columns.set(x, [...(columns.get(x) ?? []), name]);
  }
  const coordinates = new Map<string, [number, number]>();
  for (const [name, node] of nodes) {
    const x = layerPlace(node);
    const column = columns.get(x)!;
    const gaps = column.length - 1;
    const y = gaps === 0 ? 0.5 : column.indexOf(name) / gaps;
    const noise =
      gaps === 0
        ? random.uniform(-jitter, jitter)
        : ((y > 0.5 ? -1 : 1) * random.uniform(0, jitter)) / gaps;
    coordinates.set(name, [x, (y + noise) * height]);
  }
  return coordinates;
}
