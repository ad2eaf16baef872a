// Bicubic resizing of a grid of vectors as PyTorch does it (aten UpSample: upsample_bicubic2d and its antialiased
// form), for position embeddings; positions are rounded to float32, as there. Not for images: those are resized as Pillow does, in data/.

/** Weights of the inputs that make one output. */
interface Taps {
  readonly from: readonly number[];
  readonly weights: readonly number[];
}

interface BicubicOptions {
  /**
   * Distance between two outputs, in inputs. PyTorch takes `1 / scale_factor` where it was given one, even if another
   * size follows from it; `nIn / nOut` by default.
   */
  readonly step?: number;
  /** Widen the kernel when shrinking, so that every input counts. */
  readonly antialias?: boolean;
}

/** Resize `grid` `[nIn, nIn, d]`, float32, to `[nOut, nOut, d]`, along columns and then rows. */
export function resizeGrid(
  grid: Float32Array,
  nIn: number,
  nOut: number,
  options: BicubicOptions = {},
): Float32Array {
  const d = grid.length / nIn ** 2;
  const { step = nIn / nOut, antialias = false } = options;
  const taps = Array.from({ length: nOut }, (_, i) =>
    antialias ? antialiasedTaps(i, nIn, step) : cubicTaps(i, nIn, step),
  );
  const across = new Float32Array(nIn * nOut * d);
  for (let row = 0; row < nIn; row++) {
    const line = grid.subarray(row * nIn * d, (row + 1) * nIn * d);
    apply(taps, line, d, across.subarray(row * nOut * d, (row + 1) * nOut * d));
  }
  const out = new Float32Array(nOut * nOut * d);
  apply(taps, across, nOut * d, out);
  return out;
}

/** Mix rows of `width` numbers: `out[i] = Σ weight · input[from]`. */
function apply(taps: readonly Taps[], input: Float32Array, width: number, out: Float32Array): void {
  taps.forEach(({ from, weights }, i) => {
    for (let c = 0; c < width; c++) {
      let sum = 0;
      for (let t = 0; t < from.length; t++) sum += weights[t]! * input[from[t]! * width + c]!;
      out[i * width + c] = sum;
    }
  });
}

/** The four nearest inputs, those beyond the edge replaced by it; kernel with a = −0.75. */
function cubicTaps(i: number, nIn: number, step: number): Taps {
  const f = Math.fround;
  const position = f(f(f(step) * (i + 0.5)) - 0.5);
  const first = Math.floor(position) - 1;
  const offsets = [0, 1, 2, 3];
  return {
    from: offsets.map((o) => Math.min(Math.max(first + o, 0), nIn - 1)),
    weights: offsets.map((o) => cubic(first + o - position, -0.75)),
  };
}

/** All inputs under a kernel as wide as the step, weights summing to 1; kernel with a = −0.5. */
function antialiasedTaps(i: number, nIn: number, step: number): Taps {
  const f = Math.fround;
  const width = Math.max(f(step), 1);
  const centre = f(f(step) * (i + 0.5));
  const first = Math.max(Math.trunc(centre - 2 * width + 0.5), 0);
  const end = Math.min(Math.trunc(centre + 2 * width + 0.5), nIn);
  const from = Array.from({ length: end - first }, (_, j) => first + j);
  const raw = from.map((j) => cubic(f(f(f(j - centre) + 0.5) * f(1 / width)), -0.5));
  const total = raw.reduce((a, b) => a + b, 0);
  return { from, weights: raw.map((weight) => weight / total) };
}

/** Keys' cubic convolution kernel. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}
