// The vectors of many features through one matrix, a block of features at a time.
import { UserError } from '../base/errors.ts';
import type { MatrixProduct } from '../compute/products/matrix-product.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { encoderRow } from '../sae/encoder-rows.ts';

/** Which features, and how many at a time. */
export interface ProjectionOptions {
  /** Features in the order wanted; all of them by default. */
  readonly features?: readonly number[];
  /** Features multiplied at a time: memory is twice `blockSize · outer · 4` bytes. @default 128 */
  readonly blockSize?: number;
  readonly signal?: AbortSignal;
}

/** One feature's vector behind the matrix. */
interface Projection {
  readonly feature: number;
  /** float32 `[outer]`, valid until the next is asked for. */
  readonly values: Float32Array;
}

/**
 * Direction that a feature reads, `W_enc[:, i]` `[dIn]`, in a gated coder times `exp(r_mag)`, as its code has it.
 *
 * @throws {UserError} for a feature that is not there.
 */
export function encoderVector(coder: SparseCoder, feature: number): Float32Array {
  checkFeature(coder, feature);
  return encoderRow(coder.weights, feature);
}

/**
 * Direction that a feature writes, `W_dec[i]` `[dOut]`.
 *
 * @throws {UserError} for a feature that is not there.
 */
export function decoderVector(coder: SparseCoder, feature: number): Float32Array {
  const { dOut } = coder.config;
  checkFeature(coder, feature);
  return coder.weights.wDec.subarray(feature * dOut, (feature + 1) * dOut);
}

/** Throw a UserError for a feature that the coder does not have. */
export function checkFeature({ config: { dSae } }: SparseCoder, feature: number): void {
  if (Number.isInteger(feature) && feature >= 0 && feature < dSae) return;
  throw new UserError(`invalid feature ${feature}`, {
    hint: `the coder has features 0 to ${dSae - 1}`,
  });
}

/** Throw a UserError where a coder's vectors do not fit what they are multiplied with. */
export function checkWidth(what: string, width: number, expected: number): void {
  if (width === expected) return;
  throw new UserError(`invalid coder: ${what} is ${width} wide, not ${expected}`, {
    hint: 'it belongs to another model or to another hook point',
  });
}

/**
 * Multiply the vectors of features, the rows of `vectors [dSae, inner]`, with a matrix. The product of the next block
 * is under way while a block is looked at. Closes the product at the end.
 */
export async function* projectFeatures(
  coder: SparseCoder,
  vectors: Float32Array,
  product: MatrixProduct,
  options: ProjectionOptions = {},
): AsyncGenerator<Projection> {
  const { dSae } = coder.config;
  const { features = Array.from({ length: dSae }, (_, i) => i), blockSize = 128, signal } = options;
  const inner = vectors.length / dSae;
  const start = (first: number): Promise<Float32Array> | undefined => {
    const block = features.slice(first, first + blockSize);
    if (block.length === 0) return undefined;
    const rows = new Float32Array(block.length * inner);
    block.forEach((feature, row) => {
      rows.set(vectors.subarray(feature * inner, (feature + 1) * inner), row * inner);
    });
    const running = product.times(rows);
    // Heard here, so that a failure behind an early return is not an unhandled one.
    running.catch(() => undefined);
    return running;
  };
  let next: Promise<Float32Array> | undefined;
  try {
    for (const feature of features) checkFeature(coder, feature);
    next = start(0);
    for (let first = 0; first < features.length; first += blockSize) {
      signal?.throwIfAborted();
      const values = await next!;
      next = start(first + blockSize);
      const n = Math.min(blockSize, features.length - first);
      const outer = values.length / n;
      for (let row = 0; row < n; row++) {
        const feature = features[first + row]!;
        yield { feature, values: values.subarray(row * outer, (row + 1) * outer) };
      }
    }
  } finally {
    await next?.catch(() => undefined);
    await product.close();
  }
}
