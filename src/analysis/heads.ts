// Feature directions carried back through attention heads, on fixed attention: what a head must read to write them.

import type { LanguageConfig } from '../backbones/language/model-config.ts';
import type { LanguageMatrices } from '../backbones/language/weights/matrices.ts';
import type { Tensor } from '../backbones/types.ts';
import type { MatrixProduct } from '../compute/products/matrix-product.ts';
import { openMatrixProduct } from '../compute/products/open.ts';
import { checkWidth } from './projections.ts';

/** An attention head. */
export interface HeadIndex {
  readonly layer: number;
  readonly head: number;
}

/**
 * Prepare `v → W_V W_O v` of one head, for rows `v [rows, dModel]`; the head is contracted with the vectors first, so
 * that the `dModel × dModel` matrix is never made.
 */
export async function openHeadProduct(
  matrices: LanguageMatrices,
  { layer, head }: HeadIndex,
): Promise<MatrixProduct> {
  return headProduct(await matrices.W_O(layer, head), await matrices.W_V(layer, head));
}

/** Read the heads of a layer once, and prepare the same product for one after the other. */
export async function layerHeadProducts(
  matrices: LanguageMatrices,
  layer: number,
): Promise<(head: number) => Promise<MatrixProduct>> {
  const wO = await matrices.tensor(`blocks.${layer}.attn.W_O`);
  const wV = await matrices.tensor(`blocks.${layer}.attn.W_V`);
  const ofHead = ({ data, shape }: Tensor, head: number): Tensor => {
    const size = data.length / shape[0]!;
    return { data: data.subarray(head * size, (head + 1) * size), shape: shape.slice(1) };
  };
  return (head) => headProduct(ofHead(wO, head), ofHead(wV, head));
}

async function headProduct(wO: Tensor, wV: Tensor): Promise<MatrixProduct> {
  const [dHead, dModel] = wO.shape as [number, number];
  const out = await openMatrixProduct(wO.data, { inner: dModel, outer: dHead, transposed: true });
  const value = await openMatrixProduct(wV.data, { inner: dHead, outer: dModel, transposed: true });
  return chainProducts(out, value);
}

/** Multiply with one matrix after the other. */
export function chainProducts(...products: readonly MatrixProduct[]): MatrixProduct {
  return {
    name: products[0]!.name,
    async times(x) {
      let y = x;
      for (const product of products) y = await product.times(y);
      return y;
    },
    async close() {
      await Promise.all(products.map((product) => product.close()));
    },
  };
}

/**
 * Norms of vectors carried back through every head, `‖W_V W_O v‖`: float32 `[rows, layers, nHeads]` for
 * `vectors [rows, dModel]`, over the first `layers` layers (all by default).
 *
 * Through the head's Gram matrix, `‖W_V o‖² = oᵀ (W_Vᵀ W_V) o` with `o = W_O v`: two products a layer for all rows.
 */
export async function headNorms(
  matrices: LanguageMatrices,
  config: LanguageConfig,
  vectors: Float32Array,
  { layers = config.nLayers }: { layers?: number } = {},
): Promise<Float32Array> {
  const { nHeads, dHead, dModel } = config;
  checkWidth('its vector', vectors.length % dModel === 0 ? dModel : vectors.length, dModel);
  const rows = vectors.length / dModel;
  const width = nHeads * dHead;
  const norms = new Float32Array(rows * layers * nHeads);
  for (let layer = 0; layer < layers; layer++) {
    const wO = await matrices.tensor(`blocks.${layer}.attn.W_O`);
    const outputs = await openMatrixProduct(wO.data, {
      inner: dModel,
      outer: width,
      transposed: true,
    });
    const wV = await matrices.tensor(`blocks.${layer}.attn.W_V`);
    const grams = await openMatrixProduct(gramBlocks(wV.data, config), {
      inner: width,
      outer: width,
    });
    const written = await outputs.times(vectors);
    const read = await grams.times(written);
    await outputs.close();
    await grams.close();
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < nHeads; head++) {
        const first = row * width + head * dHead;
        let square = 0;
        for (let i = first; i < first + dHead; i++) square += written[i]! * read[i]!;
        norms[(row * layers + layer) * nHeads + head] = Math.sqrt(Math.max(0, square));
      }
    }
  }
  return norms;
}

/** `W_Vᵀ W_V` of every head on the diagonal of `[nHeads · dHead, nHeads · dHead]`, for `wV [nHeads, dModel, dHead]`. */
function gramBlocks(wV: Float32Array, config: LanguageConfig): Float32Array {
  const { nHeads, dHead, dModel } = config;
  const width = nHeads * dHead;
  const grams = new Float32Array(width * width);
  const sums = new Float64Array(dHead * dHead);
  for (let head = 0; head < nHeads; head++) {
    sums.fill(0);
    for (let m = 0; m < dModel; m++) {
      const row = (head * dModel + m) * dHead;
      for (let i = 0; i < dHead; i++) {
        const factor = wV[row + i]!;
        for (let j = 0; j < dHead; j++) sums[i * dHead + j]! += factor * wV[row + j]!;
      }
    }
    for (let i = 0; i < dHead; i++) {
      const at = (head * dHead + i) * width + head * dHead;
      grams.set(sums.subarray(i * dHead, (i + 1) * dHead), at);
    }
  }
  return grams;
}

/** Pick the `k` heads with the largest norms of one row `[layers, nHeads]`, largest first. */
export function topHeads(
  norms: Float32Array,
  nHeads: number,
  k: number,
): (HeadIndex & { readonly norm: number })[] {
  return Array.from(norms, (norm, at) => ({
    layer: Math.floor(at / nHeads),
    head: at % nHeads,
    norm,
  }))
    .sort((a, b) => b.norm - a.norm)
    .slice(0, k);
}
