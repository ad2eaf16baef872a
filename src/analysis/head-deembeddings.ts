// Which tokens features read through the attention heads that matter most to each.

import type { LanguageConfig } from '../backbones/language/model-config.ts';
import type { LanguageMatrices } from '../backbones/language/weights/matrices.ts';
import { openMatrixProduct } from '../compute/products/open.ts';
import type { SparseCoder } from '../sae/coder.ts';
import { type Extremes, extremes } from './extremes.ts';
import { type HeadIndex, headNorms, layerHeadProducts, topHeads } from './heads.ts';
import { checkWidth, encoderVector } from './projections.ts';

/** What a feature reads through one head. */
export interface HeadDeembedding extends HeadIndex, Extremes {
  readonly norm: number;
}

/** A feature behind all heads. */
export interface FeatureHeads {
  readonly feature: number;
  /** `[layers, nHeads]`, `‖W_V W_O v‖` for `v = W_enc[:, i]`. */
  readonly norms: Float32Array;
  /** The heads of the largest norms, largest first. */
  readonly strongest: readonly HeadDeembedding[];
}

/** Which features are read through which heads. */
export interface FeatureHeadsOptions {
  readonly features: readonly number[];
  /** Heads of the first so many layers; all by default. */
  readonly layers?: number;
  /** Heads that are looked through. @default 3 */
  readonly nHeads?: number;
  /** Tokens at either end. @default 7 */
  readonly k?: number;
  /** Vectors multiplied with the embedding at a time. @default 128 */
  readonly blockSize?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Find the heads through which features read most, and the tokens they read there, `W_E W_V W_O v`. Every head takes
 * all vectors that go through it at once. Memory: `features · (nHeads · dModel + layers · heads) · 4` bytes.
 *
 * @throws {UserError} for a coder that does not read the residual stream's width.
 */
export async function featureHeads(
  coder: SparseCoder,
  matrices: LanguageMatrices,
  config: LanguageConfig,
  options: FeatureHeadsOptions,
): Promise<FeatureHeads[]> {
  const { features, layers = config.nLayers, nHeads = 3, signal } = options;
  const { dModel } = config;
  checkWidth('what it reads', coder.config.dIn, dModel);
  const vectors = new Float32Array(features.length * dModel);
  features.forEach((feature, row) => {
    vectors.set(encoderVector(coder, feature), row * dModel);
  });
  const norms = await headNorms(matrices, config, vectors, { layers });
  const width = layers * config.nHeads;
  const chosen = features.map((_, row) => ({
    norms: norms.slice(row * width, (row + 1) * width),
    heads: topHeads(norms.subarray(row * width, (row + 1) * width), config.nHeads, nHeads),
  }));

  const carried = new Float32Array(features.length * nHeads * dModel);
  for (let layer = 0; layer < layers; layer++) {
    if (!chosen.some(({ heads }) => heads.some((each) => each.layer === layer))) continue;
    const openProduct = await layerHeadProducts(matrices, layer);
    for (let head = 0; head < config.nHeads; head++) {
      signal?.throwIfAborted();
      const slots = chosen.flatMap(({ heads }, row) => {
        const at = heads.findIndex((each) => each.layer === layer && each.head === head);
        return at < 0 ? [] : [row * nHeads + at];
      });
      if (slots.length === 0) continue;
      const rows = new Float32Array(slots.length * dModel);
      slots.forEach((slot, i) => {
        const row = Math.floor(slot / nHeads);
        rows.set(vectors.subarray(row * dModel, (row + 1) * dModel), i * dModel);
      });
      const product = await openProduct(head);
      const through = await product.times(rows).finally(() => product.close());
      slots.forEach((slot, i) => {
        carried.set(through.subarray(i * dModel, (i + 1) * dModel), slot * dModel);
      });
    }
  }
  const tables = await embeddingTables(matrices, carried, { ...options, dModel });
  return features.map((feature, row) => ({
    feature,
    norms: chosen[row]!.norms,
    strongest: chosen[row]!.heads.map((head, at) => ({ ...head, ...tables[row * nHeads + at]! })),
  }));
}

/** Both ends of `W_E v` for every row `v` of `vectors`. */
async function embeddingTables(
  matrices: LanguageMatrices,
  vectors: Float32Array,
  options: Pick<FeatureHeadsOptions, 'k' | 'blockSize' | 'signal'> & { readonly dModel: number },
): Promise<Extremes[]> {
  const { k = 7, blockSize = 128, dModel, signal } = options;
  const { data, shape } = await matrices.W_E();
  const dVocab = shape[0]!;
  const embedding = await openMatrixProduct(data, {
    inner: dModel,
    outer: dVocab,
    transposed: true,
  });
  const tables: Extremes[] = [];
  try {
    for (let at = 0; at < vectors.length; at += blockSize * dModel) {
      signal?.throwIfAborted();
      const values = await embedding.times(vectors.subarray(at, at + blockSize * dModel));
      for (let row = 0; row < values.length; row += dVocab) {
        tables.push(extremes(values.subarray(row, row + dVocab), k));
      }
    }
  } finally {
    await embedding.close();
  }
  return tables;
}
