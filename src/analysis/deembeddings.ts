// Which tokens a feature reads: its direction carried back to the embedding, directly or through an attention head.
import type { LanguageMatrices } from '../backbones/language/weights/matrices.ts';
import { openMatrixProduct } from '../compute/products/open.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { encoderRows } from '../sae/encoder-rows.ts';
import { type Extremes, extremes } from './extremes.ts';
import { chainProducts, type HeadIndex, openHeadProduct } from './heads.ts';
import { checkWidth, type ProjectionOptions, projectFeatures } from './projections.ts';

/** A de-embedding of one feature. */
export interface FeatureDeembedding extends Extremes {
  readonly feature: number;
  /** The whole vector `[dVocab]`, valid until the next is asked for. */
  readonly values: Float32Array;
}

/** How features are carried back to the embedding. */
export interface DeembeddingOptions extends ProjectionOptions {
  /** Tokens at either end. @default 7 */
  readonly k?: number;
  /** Go through this head; directly when undefined. */
  readonly head?: HeadIndex;
}

/**
 * Carry vectors `[rows, dModel]` back to the embedding: `W_E v`, or `W_E W_V W_O v` through a head; float32
 * `[rows, dVocab]`.
 *
 * @throws {UserError} for vectors of another width.
 */
export async function deembed(
  matrices: LanguageMatrices,
  vectors: Float32Array,
  { head }: { head?: HeadIndex } = {},
): Promise<Float32Array> {
  const { product, inner } = await openDeembedding(matrices, head);
  try {
    checkWidth('its vector', vectors.length % inner === 0 ? inner : vectors.length, inner);
    return await product.times(vectors);
  } finally {
    await product.close();
  }
}

/**
 * De-embed what features read, `W_enc[:, i]`, blockwise.
 *
 * @throws {UserError} for a coder of another width.
 */
export async function* featureDeembeddings(
  coder: SparseCoder,
  matrices: LanguageMatrices,
  options: DeembeddingOptions = {},
): AsyncGenerator<FeatureDeembedding> {
  const { k = 7, head } = options;
  const { product, inner } = await openDeembedding(matrices, head);
  if (coder.config.dIn !== inner) await product.close();
  checkWidth('what it reads', coder.config.dIn, inner);
  const reads = encoderRows(coder.weights);
  for await (const { feature, values } of projectFeatures(coder, reads, product, options)) {
    yield { feature, values, ...extremes(values, k) };
  }
}

async function openDeembedding(
  matrices: LanguageMatrices,
  head: HeadIndex | undefined,
): Promise<{ product: Awaited<ReturnType<typeof openMatrixProduct>>; inner: number }> {
  const throughHead = head && (await openHeadProduct(matrices, head));
  const { data, shape } = await matrices.W_E();
  const [outer, inner] = shape as [number, number];
  const embedding = await openMatrixProduct(data, { inner, outer, transposed: true });
  return { product: throughHead ? chainProducts(throughHead, embedding) : embedding, inner };
}
