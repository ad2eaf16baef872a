import type { ImageFeature } from '../../../src/pages/feature-page.ts';

const decoded = new WeakMap<ImageFeature, Uint8Array>();

/** The heat map of example `j`: uint8 `[tokens]`, undefined when examples have one token. */
export function heatOf(feature: ImageFeature, j: number): Uint8Array | undefined {
  if (feature.maps === '') return undefined;
  let maps = decoded.get(feature);
  if (maps === undefined) {
    maps = Uint8Array.from(atob(feature.maps), (char) => char.charCodeAt(0));
    decoded.set(feature, maps);
  }
  const tokens = maps.length / feature.examples.length;
  return maps.subarray(j * tokens, (j + 1) * tokens);
}
