// Which features of an earlier transcoder a direction reads: the virtual weights between them.
import { openMatrixProduct } from '../compute/products/open.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { encoderRows } from '../sae/encoder-rows.ts';
import { type Extremes, extremes } from './extremes.ts';
import { checkWidth, type ProjectionOptions, projectFeatures } from './projections.ts';

/** Connections of one feature to those of an earlier transcoder. */
export interface FeaturePullback extends Extremes {
  readonly feature: number;
  /** All connections `[dSae of the earlier]`, valid until the next is asked for. */
  readonly values: Float32Array;
}

/** How features are pulled back through heads. */
export interface PullbackOptions extends ProjectionOptions {
  /** Features at either end. @default 7 */
  readonly k?: number;
  /** Codes of the earlier transcoder at a position of a prompt, `[dSae]`: connections as they act there. */
  readonly codes?: Float32Array;
}

/**
 * Carry a direction in the residual stream back to an earlier transcoder's features: `W_dec v`, float32 `[dSae]`;
 * times their codes where these are given.
 *
 * @throws {UserError} for a vector of another width.
 */
export async function pullback(
  earlier: SparseCoder,
  vector: Float32Array,
  { codes }: Pick<PullbackOptions, 'codes'> = {},
): Promise<Float32Array> {
  checkWidth('what it writes', earlier.config.dOut, vector.length);
  const product = await openPullback(earlier);
  const values = await product.times(vector).finally(() => product.close());
  return codes === undefined ? values : scaled(values, codes);
}

/**
 * Pull what features of `later` read back through `earlier`, blockwise.
 *
 * @throws {UserError} when they do not fit.
 */
export async function* featurePullbacks(
  later: SparseCoder,
  earlier: SparseCoder,
  options: PullbackOptions = {},
): AsyncGenerator<FeaturePullback> {
  const { k = 7, codes } = options;
  checkWidth('what the earlier one writes', earlier.config.dOut, later.config.dIn);
  const product = await openPullback(earlier);
  const reads = encoderRows(later.weights);
  for await (const { feature, values } of projectFeatures(later, reads, product, options)) {
    const connections = codes === undefined ? values : scaled(values, codes);
    yield { feature, values: connections, ...extremes(connections, k) };
  }
}

function openPullback({ config, weights }: SparseCoder): ReturnType<typeof openMatrixProduct> {
  const { dOut: inner, dSae: outer } = config;
  return openMatrixProduct(weights.wDec, { inner, outer, transposed: true });
}

function scaled(values: Float32Array, codes: Float32Array): Float32Array {
  if (codes.length !== values.length) {
    throw new RangeError(`pullback: expected ${values.length} codes, got ${codes.length}`);
  }
  return values.map((value, i) => value * codes[i]!);
}
