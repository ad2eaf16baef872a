// What a replacement costs a model: losses with MLPs as they are, replaced and silenced, and how far predictions move.
import {
  type LanguageBackbone,
  LOGITS,
  LOSS,
  type Tokens,
} from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { sum } from '../../base/arrays.ts';
import type { TranscoderSet } from '../transcoders.ts';
import { withReplacement } from './replacement.ts';

/** A model with some layers' MLPs changed. Means over all tokens that are predicted, or all positions, in nats. */
export interface ReplacementMeasure {
  /** Cross-entropy of next tokens. */
  readonly loss: number;
  /** `KL(clean ‖ changed)` of the predictions, at every position. */
  readonly divergence: number;
}

/** Some layers with their transcoders in place, and with zeros there. */
export interface ReplacementRow {
  readonly layers: readonly number[];
  readonly replaced: ReplacementMeasure;
  readonly zeroed: ReplacementMeasure;
  /** Share of the loss that zeros cost which transcoders bring back: `(zeroed − replaced) / (zeroed − clean)`. */
  readonly recovered: number;
}

/** What replacing costs, for each set of layers. */
export interface ReplacementTable {
  readonly nContexts: number;
  /** Tokens that are predicted. */
  readonly nPredicted: number;
  /** Loss of the model as it is. */
  readonly clean: number;
  readonly rows: readonly ReplacementRow[];
}

/** Which layers are replaced, on what. */
export interface ReplacementTableOptions {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  /** Sets of layers to replace together. */
  readonly layers: readonly (readonly number[])[];
  /** Called with the contexts of each batch when it is done. */
  readonly onBatch?: (contexts: number) => void;
  readonly signal?: AbortSignal;
}

/** Measure replacements on batches of contexts, each of one length of at least two tokens. */
export async function measureReplacement(
  batches: AsyncIterable<Tokens> | Iterable<Tokens>,
  options: ReplacementTableOptions,
): Promise<ReplacementTable> {
  const { backbone, transcoders, layers, onBatch, signal } = options;
  const variants = layers.flatMap((some) => [
    withReplacement(backbone, { transcoders: transcoders.only(some) }),
    withReplacement(backbone, { zeroed: some }),
  ]);
  const record = [LOSS, LOGITS];
  const sums = variants.map(() => ({ loss: 0, divergence: 0 }));
  let clean = 0;
  let nContexts = 0;
  let nPositions = 0;
  for await (const tokens of batches) {
    const before = await backbone.run(tokens, { record, signal });
    clean += sumOfLosses(before.get(LOSS)!);
    for (const [i, variant] of variants.entries()) {
      const after = await variant.run(tokens, { record, signal });
      const divergences = klDivergences(before.get(LOGITS)!, after.get(LOGITS)!);
      sums[i]!.loss += sumOfLosses(after.get(LOSS)!);
      sums[i]!.divergence += sum(divergences);
    }
    nContexts += tokens.length;
    nPositions += tokens.length * tokens[0]!.length;
    onBatch?.(tokens.length);
  }
  const nPredicted = nPositions - nContexts;
  const measures = sums.map(({ loss, divergence }) => ({
    loss: loss / nPredicted,
    divergence: divergence / nPositions,
  }));
  const meanClean = clean / nPredicted;
  const rows = layers.map((some, i): ReplacementRow => {
    const [replaced, zeroed] = [measures[2 * i]!, measures[2 * i + 1]!];
    const recovered = (zeroed.loss - replaced.loss) / (zeroed.loss - meanClean);
    return { layers: some, replaced, zeroed, recovered };
  });
  return { nContexts, nPredicted, clean: meanClean, rows };
}

/**
 * `KL(p ‖ q) = Σ p (log p − log q)` in nats of the distributions that logits `[…, dVocab]` stand for, one value each,
 * in float64.
 */
export function klDivergences(p: Tensor, q: Tensor): Float64Array {
  const width = p.shape.at(-1)!;
  const divergences = new Float64Array(p.data.length / width);
  for (let r = 0; r < divergences.length; r++) {
    const a = p.data.subarray(r * width, (r + 1) * width);
    const b = q.data.subarray(r * width, (r + 1) * width);
    const [sumA, sumB] = [logSumExp(a), logSumExp(b)];
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const log = a[i]! - sumA;
      sum += Math.exp(log) * (log - (b[i]! - sumB));
    }
    divergences[r] = sum;
  }
  return divergences;
}

function logSumExp(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** Losses `[batch, positions]` without those of last positions, which have no next token. */
function sumOfLosses({ data, shape }: Tensor): number {
  const positions = shape[1]!;
  let sum = 0;
  for (let i = 0; i < data.length; i++) if (i % positions !== positions - 1) sum += data[i]!;
  return sum;
}
