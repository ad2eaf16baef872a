// A language model's weights as matrices, under TransformerLens' names, for analysis: read when they are asked for.
import { transpose } from '../../../base/arrays.ts';
import { UserError } from '../../../base/errors.ts';
import type { Tensor } from '../../types.ts';
import { type LensTensors, lensShape } from './tensors.ts';

/**
 * Weights as float32 matrices that multiply from the right: `x W`. Processed or raw, as the model was loaded. Each call
 * reads from the file, except that the weight read last is kept.
 */
export interface LanguageMatrices {
  /**
   * Any weight by its name: `blocks.0.attn.W_Q` `[nHeads, dModel, dHead]`.
   *
   * @throws {UserError} for an unknown one.
   */
  tensor(name: string): Promise<Tensor>;
  /** Embedding `[dVocab, dModel]`. */
  W_E(): Promise<Tensor>;
  /**
   * Learned positions `[nCtx, dModel]`.
   *
   * @throws {UserError} where positions are rotations.
   */
  W_pos(): Promise<Tensor>;
  /** Unembedding `[dModel, dVocab]`. */
  W_U(): Promise<Tensor>;
  /** `[dVocab]`; zero where the model has none. */
  b_U(): Promise<Tensor>;
  /** Of one head `[dModel, dHead]`. */
  W_Q(layer: number, head: number): Promise<Tensor>;
  W_K(layer: number, head: number): Promise<Tensor>;
  W_V(layer: number, head: number): Promise<Tensor>;
  /** Of one head `[dHead, dModel]`. */
  W_O(layer: number, head: number): Promise<Tensor>;
  /** Of one head `[dHead]`. */
  b_Q(layer: number, head: number): Promise<Tensor>;
  b_K(layer: number, head: number): Promise<Tensor>;
  b_V(layer: number, head: number): Promise<Tensor>;
  /** Of all heads together `[dModel]`. */
  b_O(layer: number): Promise<Tensor>;
  /** `[dModel, dMlp]`. */
  W_in(layer: number): Promise<Tensor>;
  /** `[dMlp]`. */
  b_in(layer: number): Promise<Tensor>;
  /** `[dMlp, dModel]`. */
  W_out(layer: number): Promise<Tensor>;
  /** `[dModel]`. */
  b_out(layer: number): Promise<Tensor>;
  /** `W_V W_O` of one head, `[dModel, dModel]`: what it writes where it attends to `x` is `x OV`. */
  OV(layer: number, head: number): Promise<Tensor>;
  /** `W_Q W_Kᵀ` of one head, `[dModel, dModel]`. */
  QK(layer: number, head: number): Promise<Tensor>;
}

/** Offer the weights of a model as matrices. */
export function languageMatrices(tensors: LensTensors): LanguageMatrices {
  const { config } = tensors;
  let kept: { name: string; tensor: Promise<Tensor> } | undefined;

  const tensor = (name: string): Promise<Tensor> => {
    if (kept?.name !== name) {
      const reading = (async () => {
        const shape = lensShape(config, name);
        return { data: await tensors.read(name), shape };
      })();
      kept = { name, tensor: reading };
      reading.catch(() => {
        if (kept?.name === name) kept = undefined;
      });
    }
    return kept.tensor;
  };
  const named = (name: string) => () => tensor(name);
  const ofLayer = (part: string) => (layer: number) => {
    checkIndex('layer', layer, config.nLayers);
    return tensor(`blocks.${layer}.${part}`);
  };
  const ofHead = (part: string) => async (layer: number, head: number) => {
    checkIndex('head', head, config.nHeads);
    const { data, shape } = await ofLayer(part)(layer);
    const size = data.length / config.nHeads;
    return { data: data.slice(head * size, (head + 1) * size), shape: shape.slice(1) };
  };
  const [W_Q, W_K, W_V, W_O] = ['Q', 'K', 'V', 'O'].map((which) => ofHead(`attn.W_${which}`));
  return {
    tensor,
    W_E: named('embed.W_E'),
    W_pos: named('pos_embed.W_pos'),
    W_U: named('unembed.W_U'),
    b_U: named('unembed.b_U'),
    W_Q: W_Q!,
    W_K: W_K!,
    W_V: W_V!,
    W_O: W_O!,
    b_Q: ofHead('attn.b_Q'),
    b_K: ofHead('attn.b_K'),
    b_V: ofHead('attn.b_V'),
    b_O: ofLayer('attn.b_O'),
    W_in: ofLayer('mlp.W_in'),
    b_in: ofLayer('mlp.b_in'),
    W_out: ofLayer('mlp.W_out'),
    b_out: ofLayer('mlp.b_out'),
    OV: async (layer, head) => product(await W_V!(layer, head), await W_O!(layer, head)),
    async QK(layer, head) {
      const [q, k] = [await W_Q!(layer, head), await W_K!(layer, head)];
      return product(q, transposedMatrix(k));
    },
  };
}

/** `A B`, summed in float64. */
function product(a: Tensor, b: Tensor): Tensor {
  const [rows, inner] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const data = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    sums.fill(0);
    for (let i = 0; i < inner; i++) {
      const factor = a.data[r * inner + i]!;
      for (let c = 0; c < columns; c++) sums[c]! += factor * b.data[i * columns + c]!;
    }
    data.set(sums, r * columns);
  }
  return { data, shape: [rows, columns] };
}

function transposedMatrix({ data, shape }: Tensor): Tensor {
  const [rows, columns] = shape as [number, number];
  return { data: transpose(data, rows, columns), shape: [columns, rows] };
}

function checkIndex(what: string, index: number, count: number): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new UserError(`invalid ${what} ${index}: the model has ${count}`);
}
