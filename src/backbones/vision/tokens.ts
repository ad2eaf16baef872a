// Rows of chosen tokens, out of what a run gives and into what it is given.
import { recordedTokens, type Tensor, type VisionConfig } from '../types.ts';

/** List the positions of the patches among the tokens of a run: those of shards without CLS. */
export function patchTokens(shape: VisionConfig): number[] {
  return recordedTokens(shape).slice(shape.hasCls ? 1 : 0);
}

/** Take the rows of `tokens` from a value of shape `[batch, allTokens, d]`: float32 `[batch · tokens, d]`. */
export function takeTokens({ data, shape }: Tensor, tokens: readonly number[]): Float32Array {
  const [batch, allTokens, d] = sizesOf(shape, tokens);
  const rows = new Float32Array(batch * tokens.length * d);
  for (let image = 0, to = 0; image < batch; image++) {
    for (const token of tokens) {
      const from = (image * allTokens + token) * d;
      rows.set(data.subarray(from, from + d), to);
      to += d;
    }
  }
  return rows;
}

/** Copy a value of shape `[batch, allTokens, d]` with `rows`, `[batch · tokens, d]`, in the places of `tokens`. */
export function putTokens(
  { data, shape }: Tensor,
  tokens: readonly number[],
  rows: Float32Array,
): Tensor {
  const [batch, allTokens, d] = sizesOf(shape, tokens);
  if (rows.length !== batch * tokens.length * d) {
    const expected = `[${batch * tokens.length}, ${d}]`;
    throw new RangeError(`putTokens: expected rows ${expected}, got ${rows.length} numbers`);
  }
  const copy = data.slice();
  for (let image = 0, from = 0; image < batch; image++) {
    for (const token of tokens) {
      copy.set(rows.subarray(from, from + d), (image * allTokens + token) * d);
      from += d;
    }
  }
  return { data: copy, shape };
}

function sizesOf(
  shape: readonly number[],
  tokens: readonly number[],
): readonly [batch: number, allTokens: number, d: number] {
  const [batch = 0, allTokens = 0, d = 0] = shape;
  if (shape.length !== 3 || tokens.some((token) => !(token >= 0 && token < allTokens))) {
    throw new RangeError(`tokens ${tokens.join(', ')} are not in a value of shape [${shape}]`);
  }
  return [batch, allTokens, d];
}
