// The class of each patch of a segmentation map: the most frequent one among its pixels.
import { UserError } from '../../base/errors.ts';
import type { ClassMap } from './seen-class-map.ts';

/**
 * Find the most frequent class of each patch of a map, the smallest of several (as `torch.mode`), and its share of the
 * patch's pixels; `out` holds `[grid²]` of either.
 * @throws {UserError} when the map does not divide into so many patches.
 */
export function labelPatches(
  { width, height, data }: ClassMap,
  grid: number,
  out: { readonly numbers: Int32Array; readonly share: Float32Array },
): void {
  const across = width / grid;
  const down = height / grid;
  if (!Number.isInteger(across) || !Number.isInteger(down))
    throw new UserError(`${width} × ${height} pixels do not divide into ${grid} × ${grid} patches`);
  const counts = new Uint32Array(256);
  for (let patch = 0; patch < grid * grid; patch++) {
    counts.fill(0);
    const left = (patch % grid) * across;
    const top = Math.floor(patch / grid) * down;
    for (let y = top; y < top + down; y++)
      for (let x = left; x < left + across; x++) counts[data[y * width + x]!]!++;
    let best = 0;
    for (let number = 1; number < 256; number++) if (counts[number]! > counts[best]!) best = number;
    out.numbers[patch] = best;
    out.share[patch] = counts[best]! / (across * down);
  }
}
