// Weights as matrices: the same numbers as the forward pass uses, whichever way the file lays them out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LanguageWorkshop,
  languageGolden,
  languageWorkshop,
} from '../../../../test/helpers/language.ts';
import { UserError } from '../../../base/errors.ts';
import type { Tensor } from '../../types.ts';

let workshop: LanguageWorkshop;
beforeAll(async () => {
  workshop = await languageWorkshop();
});
afterAll(() => workshop.close());

/** `x W + b` of one row. */
function affine(x: ArrayLike<number>, { data, shape }: Tensor, bias?: Tensor): Float32Array {
  const columns = shape[1]!;
  return Float32Array.from({ length: columns }, (_, c) => {
    let sum = bias?.data[c] ?? 0;
    for (let r = 0; r < x.length; r++) sum += x[r]! * data[r * columns + c]!;
    return sum;
  });
}

/** Row `[batch 1, position 2]`, and of it one head. */
function row({ data, shape }: Tensor, head?: number): Float32Array {
  const width = shape.slice(2).reduce((a, b) => a * b, 1);
  const all = data.subarray((shape[1]! + 2) * width, (shape[1]! + 3) * width);
  const size = shape.at(-1)!;
  return head === undefined ? all : all.subarray(head * size, (head + 1) * size);
}

describe.each([
  ['gpt2', false],
  ['gpt2', true],
  ['neox', false],
  ['neox', true],
  ['neox-sequential', false],
  ['gelu', false],
  ['gelu', true],
])('%s, processed: %s', (name, processing) => {
  it('matrices repeat what the graph computes', async () => {
    const { tokens } = await languageGolden(name);
    const backbone = await workshop.open(name, { processing });
    const { config, matrices } = backbone;
    const layer = config.nLayers - 1;
    const block = `blocks.${layer}`;
    const all = await backbone.run(tokens, { record: () => true });
    const at = (point: string, head?: number): Float32Array => row(all.get(point)!, head);
    const near = (own: Float32Array, point: string, head?: number): void => {
      expect(own, point).toBeNear(at(point, head), 1e-5);
    };
    /** What a norm gives to the weights behind it. */
    const normed = async (norm: string): Promise<Float32Array> => {
      const x = at(`${norm}.hook_normalized`);
      if (config.normalization !== 'LN') return x;
      const [w, b] = [await matrices.tensor(`${norm}.w`), await matrices.tensor(`${norm}.b`)];
      return x.map((value, i) => value * w.data[i]! + b.data[i]!);
    };

    const embedding = await matrices.W_E();
    expect(embedding.shape).toEqual([config.dVocab, config.dModel]);
    const id = tokens[1]![2]!;
    expect(embedding.data.slice(id * config.dModel, (id + 1) * config.dModel)).toEqual(
      at('hook_embed').slice(),
    );
    const read = await normed(`${block}.ln1`);
    for (const head of [0, config.nHeads - 1]) {
      near(
        affine(read, await matrices.W_Q(layer, head), await matrices.b_Q(layer, head)),
        `${block}.attn.hook_q`,
        head,
      );
      near(
        affine(read, await matrices.W_K(layer, head), await matrices.b_K(layer, head)),
        `${block}.attn.hook_k`,
        head,
      );
      near(
        affine(read, await matrices.W_V(layer, head), await matrices.b_V(layer, head)),
        `${block}.attn.hook_v`,
        head,
      );
    }
    const result = await backbone.run(tokens, { record: [`${block}.attn.hook_result`] });
    const z = at(`${block}.attn.hook_z`, 1);
    expect(affine(z, await matrices.W_O(layer, 1))).toBeNear(
      row(result.get(`${block}.attn.hook_result`)!, 1),
      1e-5,
    );
    const hidden = affine(
      await normed(`${block}.ln2`),
      await matrices.W_in(layer),
      await matrices.b_in(layer),
    );
    near(hidden, `${block}.mlp.hook_pre`);
    const post = at(`${block}.mlp.hook_post`);
    near(
      affine(post, await matrices.W_out(layer), await matrices.b_out(layer)),
      `${block}.hook_mlp_out`,
    );
    const logits = await backbone.logits(tokens);
    const last = affine(await normed('ln_final'), await matrices.W_U(), await matrices.b_U());
    expect(last).toBeNear(row(logits), 1e-5);
  });

  it('OV and QK are the products of their factors', async () => {
    const { matrices, config } = await workshop.open(name, { processing });
    const x = Float32Array.from({ length: config.dModel }, (_, i) => Math.sin(i));
    const ov = await matrices.OV(0, 1);
    expect(ov.shape).toEqual([config.dModel, config.dModel]);
    const values = affine(x, await matrices.W_V(0, 1));
    expect(affine(x, ov)).toBeNear(affine(values, await matrices.W_O(0, 1)), 1e-5);
    const [q, k] = [await matrices.W_Q(0, 1), await matrices.W_K(0, 1)];
    const scores = affine(x, q).reduce((sum, value, i) => sum + value * affine(x, k)[i]!, 0);
    const product = affine(x, await matrices.QK(0, 1)).reduce((sum, v, i) => sum + v * x[i]!, 0);
    expect(product).toBeCloseTo(scores, 4);
  });
});

describe('matrices', () => {
  it('that are not there are refused', async () => {
    const { matrices } = await workshop.open('neox');
    await expect(matrices.W_pos()).rejects.toThrow(/unknown weight: 'pos_embed.W_pos'/);
    await expect(matrices.tensor('blocks.0.attn.W_R')).rejects.toThrow(UserError);
    await expect(matrices.W_Q(0, 2)).rejects.toThrow('invalid head 2: the model has 2');
    expect(() => matrices.W_in(-1)).toThrow('invalid layer -1: the model has 2');
  });
});
