// From scores of patches to a class for each pixel: bilinear, as torch's `interpolate(align_corners=False)`.

/** Scores of the patches of one image, row by row: patch `p` and class `c` at `at + p · stride + c`. */
export interface PatchLogits {
  readonly data: Float32Array;
  readonly at: number;
  readonly stride: number;
  readonly nClasses: number;
  /** Patches along a side. */
  readonly grid: number;
}

/** Say of each patch which class has the highest score; of equal ones the first. `[grid²]` */
export function patchClasses({ data, at, stride, nClasses, grid }: PatchLogits): Uint8Array {
  return Uint8Array.from({ length: grid * grid }, (_, patch) =>
    highest(data, at + patch * stride, nClasses),
  );
}

/**
 * Say of each pixel which class has the highest score when scores are interpolated between the middles of patches:
 * `[side, side]`, row-major. Beyond the outermost middles they stay the same.
 */
export function pixelClasses(logits: PatchLogits, side: number): Uint8Array {
  const { data, at, stride, nClasses, grid } = logits;
  const out = new Uint8Array(side * side);
  const row = new Float32Array(grid * nClasses);
  const places = Array.from({ length: side }, (_, i) => between(i, side, grid));
  for (let y = 0, o = 0; y < side; y++) {
    const { first, next, weight } = places[y]!;
    for (let column = 0; column < grid; column++) {
      const upper = at + (first * grid + column) * stride;
      const lower = at + (next * grid + column) * stride;
      for (let c = 0; c < nClasses; c++)
        row[column * nClasses + c] = data[upper + c]! * (1 - weight) + data[lower + c]! * weight;
    }
    for (let x = 0; x < side; x++, o++) out[o] = highestBetween(row, places[x]!, nClasses);
  }
  return out;
}

/** The two patches that a pixel lies between on one axis, and how near it is to the second. */
interface Between {
  readonly first: number;
  readonly next: number;
  readonly weight: number;
}

function between(pixel: number, side: number, grid: number): Between {
  const place = Math.max(0, ((pixel + 0.5) * grid) / side - 0.5);
  const first = Math.min(grid - 1, Math.floor(place));
  return { first, next: Math.min(grid - 1, first + 1), weight: place - first };
}

function highest(data: Float32Array, at: number, nClasses: number): number {
  let best = 0;
  for (let c = 1; c < nClasses; c++) if (data[at + c]! > data[at + best]!) best = c;
  return best;
}

function highestBetween(
  row: Float32Array,
  { first, next, weight }: Between,
  nClasses: number,
): number {
  const left = first * nClasses;
  const right = next * nClasses;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < nClasses; c++) {
    const score = row[left + c]! * (1 - weight) + row[right + c]! * weight;
    if (score > most) {
      most = score;
      best = c;
    }
  }
  return best;
}
