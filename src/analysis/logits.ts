// Which tokens a feature makes likelier: its direct path to the logits.
import type { LanguageMatrices } from '../backbones/language/weights/matrices.ts';
import { openMatrixProduct } from '../compute/products/open.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { type Extremes, extremes, type Histogram, histogramOf } from './extremes.ts';
import { checkWidth, type ProjectionOptions, projectFeatures } from './projections.ts';

/** How features are carried on to the logits. */
export interface LogitOptions extends ProjectionOptions {
  /** Tokens at either end. @default 10 */
  readonly k?: number;
  /** Bins of the histogram over the vocabulary. @default 50 */
  readonly bins?: number;
}

/** The logits that one feature adds to when it fires at strength 1. */
export interface FeatureLogits extends Extremes {
  readonly feature: number;
  readonly histogram: Histogram;
}

/**
 * Compute `W_dec[i] W_U` of features, blockwise. Leaves out the last layer norm, as the original does.
 *
 * @throws {UserError} for a coder that does not write to the residual stream's width.
 */
export async function* featureLogits(
  coder: SparseCoder,
  matrices: Pick<LanguageMatrices, 'W_U'>,
  options: LogitOptions = {},
): AsyncGenerator<FeatureLogits> {
  const { k = 10, bins = 50 } = options;
  const { data, shape } = await matrices.W_U();
  const [inner, outer] = shape as [number, number];
  checkWidth('what it writes', coder.config.dOut, inner);
  const product = await openMatrixProduct(data, { inner, outer });
  for await (const { feature, values } of projectFeatures(
    coder,
    coder.weights.wDec,
    product,
    options,
  )) {
    yield { feature, ...extremes(values, k), histogram: histogramOf(values, bins) };
  }
}
