// The loss of next tokens, averaged as TransformerLens does.
import type { Tensor } from '../../types.ts';
import type { LanguageLoss } from '../types.ts';
import type { TokenBatch } from './feeds.ts';

/** From `loss` `[batch, positions]`, whose last column has no next token, to `[batch, positions − 1]` and its mean. */
export function nextTokenLosses(
  { data }: Tensor,
  { rows, length, padding }: TokenBatch,
): LanguageLoss {
  const width = length - 1;
  const perToken = new Float32Array(rows.length * width);
  let sum = 0;
  let count = 0;
  for (let r = 0; r < rows.length; r++)
    for (let p = padding?.[r] ?? 0; p < width; p++) {
      const value = data[r * length + p]!;
      perToken[r * width + p] = value;
      sum += value;
      count++;
    }
  return { mean: sum / count, perToken: { data: perToken, shape: [rows.length, width] } };
}
