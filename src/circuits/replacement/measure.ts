// What a replacement costs a model: losses with MLPs as they are, replaced and silenced, and how far predictions move.
import {
  type Intervention,
  type LanguageBackbone,
  LOGITS,
  LOSS,
  type Tokens,
} from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { sum } from '../../base/arrays.ts';
import type { TranscoderSet } from '../transcoders.ts';
import { replacementInterventions } from './replacement.ts';

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
  /**
   * Share of the loss that zeros cost which transcoders bring back: `(zeroed − replaced) / (zeroed − clean)`; null where
   * zeros cost nothing.
   */
  readonly recovered: number | null;
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
  const { backbone, transcoders, layers, ...rest } = options;
  const changes = layers.flatMap((some) => {
    const replaced = replacementInterventions(backbone, { transcoders: transcoders.only(some) });
    const zeroed = replacementInterventions(backbone, { zeroed: some });
    return [() => replaced, () => zeroed];
  });
  const { measures, ...table } = await measureChanges(batches, { backbone, changes, ...rest });
  const rows = layers.map((some, i): ReplacementRow => {
    const [replaced, zeroed] = [measures[2 * i]!, measures[2 * i + 1]!];
    return {
      layers: some,
      replaced,
      zeroed,
      recovered: recoveredShare(table.clean, replaced, zeroed),
    };
  });
  return { ...table, rows };
}

/** `(zeroed − replaced) / (zeroed − clean)` of the losses; null where zeros do not raise it, so that nothing is lost. */
export function recoveredShare(
  clean: number,
  replaced: ReplacementMeasure,
  zeroed: ReplacementMeasure,
): number | null {
  if (!(zeroed.loss > clean)) return null;
  return (zeroed.loss - replaced.loss) / (zeroed.loss - clean);
}

/** A model and what is changed in it, in runs of their own. */
export interface ChangeOptions {
  readonly backbone: LanguageBackbone;
  /** Each gives the interventions of one run. */
  readonly changes: readonly (() => readonly Intervention[])[];
  /** Called with the contexts of each batch when it is done. */
  readonly onBatch?: (contexts: number) => void;
  readonly signal?: AbortSignal;
}

/** Measure changes of a model on batches of contexts, each of one length of at least two tokens: one measure for each. */
export async function measureChanges(
  batches: AsyncIterable<Tokens> | Iterable<Tokens>,
  { backbone, changes, onBatch, signal }: ChangeOptions,
): Promise<Omit<ReplacementTable, 'rows'> & { readonly measures: ReplacementMeasure[] }> {
  const record = [LOSS, LOGITS];
  const sums = changes.map(() => ({ loss: 0, divergence: 0 }));
  let clean = 0;
  let nContexts = 0;
  let nPositions = 0;
  for await (const tokens of batches) {
    const before = await backbone.run(tokens, { record, signal });
    clean += sumOfLosses(before.get(LOSS)!);
    for (const [i, change] of changes.entries()) {
      const after = await backbone.run(tokens, { record, interventions: change(), signal });
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
  return { nContexts, nPredicted, clean: clean / nPredicted, measures };
}

/**
 * `KL(p ‖ q) = Σ p (log p − log q)` in nats of the distributions that logits `[…, dVocab]` stand for, one value each,
 * in float64.
 */
export function klDivergences(p: Tensor, q: Tensor): Float64Array {
  const width = p.shape.at(-1)!;
  const divergences = new Float64Array(p.data.length / width);
  for (let r = 0; r < divergences.length; r++)
    divergences[r] = divergence(
      p.data.subarray(r * width, (r + 1) * width),
      q.data.subarray(r * width, (r + 1) * width),
    );
  return divergences;
}

/** The same of two rows, with one exponential for each logit: what `replace` spends much of its time on. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [mostP, mostQ] = [maximum(p), maximum(q)];
  let [sumP, sumQ, sum] = [0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i]! - mostP, q[i]! - mostQ];
    const share = Math.exp(a);
    sumP += share;
    sumQ += Math.exp(b);
    sum += share * (a - b);
  }
  return sum / sumP + Math.log(sumQ) - Math.log(sumP);
}

function maximum(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if (values[i]! > most) most = values[i]!;
  return most;
}

/** Losses `[batch, positions]` without those of last positions, which have no next token. */
function sumOfLosses({ data, shape }: Tensor): number {
  const positions = shape[1]!;
  let sum = 0;
  for (let i = 0; i < data.length; i++) if (i % positions !== positions - 1) sum += data[i]!;
  return sum;
}
