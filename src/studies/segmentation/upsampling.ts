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
  const out = new Uint8Array(side * side);
  const spans = spansOf(side, logits.grid);
  for (const down of spans) {
    for (const across of spans) {
      const corners = cornersOf(logits, down, across);
      const candidates = candidatesOf(logits, corners);
      for (let y = down.start; y < down.end; y++) {
        for (let x = across.start; x < across.end; x++)
          out[y * side + x] =
            candidates.length === 1
              ? candidates[0]!
              : winner(
                  logits.data,
                  corners,
                  candidates,
                  down.weights[y - down.start]!,
                  across.weights[x - across.start]!,
                );
      }
    }
  }
  return out;
}

/** Pixels of one axis that lie between the middles of the same two patches. */
interface Span {
  readonly first: number;
  readonly next: number;
  readonly start: number;
  readonly end: number;
  /** How near each of the pixels is to the second patch, from 0 to 1. */
  readonly weights: readonly number[];
}

function spansOf(side: number, grid: number): Span[] {
  const placeOf = (pixel: number): number => Math.max(0, ((pixel + 0.5) * grid) / side - 0.5);
  const spans: Span[] = [];
  for (let start = 0; start < side; ) {
    const first = Math.min(grid - 1, Math.floor(placeOf(start)));
    const next = Math.min(grid - 1, first + 1);
    let end = start + 1;
    while (end < side && Math.min(grid - 1, Math.floor(placeOf(end))) === first) end++;
    const weights = Array.from({ length: end - start }, (_, i) => placeOf(start + i) - first);
    spans.push({ first, next, start, end, weights });
    start = end;
  }
  return spans;
}

/** Where the scores of four patches begin. */
type Corners = readonly [
  topLeft: number,
  topRight: number,
  bottomLeft: number,
  bottomRight: number,
];

function cornersOf({ at, stride, grid }: PatchLogits, down: Span, across: Span): Corners {
  const place = (row: number, column: number): number => at + (row * grid + column) * stride;
  return [
    place(down.first, across.first),
    place(down.first, across.next),
    place(down.next, across.first),
    place(down.next, across.next),
  ];
}

/**
 * List the classes that can win anywhere between four patches: those whose highest score is not below the lowest of some
 * other class. Of 151 classes few are left, mostly one.
 */
function candidatesOf({ data, nClasses }: PatchLogits, [a, b, c, d]: Corners): number[] {
  let surest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < nClasses; k++)
    surest = Math.max(surest, Math.min(data[a + k]!, data[b + k]!, data[c + k]!, data[d + k]!));
  const candidates: number[] = [];
  for (let k = 0; k < nClasses; k++) {
    const most = Math.max(data[a + k]!, data[b + k]!, data[c + k]!, data[d + k]!);
    if (most >= surest) candidates.push(k);
  }
  return candidates;
}

function winner(
  data: Float32Array,
  [a, b, c, d]: Corners,
  candidates: readonly number[],
  down: number,
  across: number,
): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (const k of candidates) {
    const top = data[a + k]! * (1 - across) + data[b + k]! * across;
    const bottom = data[c + k]! * (1 - across) + data[d + k]! * across;
    const score = top * (1 - down) + bottom * down;
    if (score > most) {
      most = score;
      best = k;
    }
  }
  return best;
}

function highest(data: Float32Array, at: number, nClasses: number): number {
  let best = 0;
  for (let c = 1; c < nClasses; c++) if (data[at + c]! > data[at + best]!) best = c;
  return best;
}
