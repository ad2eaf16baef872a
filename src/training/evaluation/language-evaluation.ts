// What a coder costs the language model that it was trained on, with the definitions of transcoder-circuits' run_evals.
import { hook, parseHook } from '../../backbones/hook-points.ts';
import {
  type Intervention,
  type LanguageBackbone,
  LOSS,
  type Tokens,
} from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import { type PlacedCoder, replaced, rowsAt, zeroed } from './substitution.ts';

/** The model with the coder in place. Losses are means over all tokens that are predicted, in nats. */
export interface LanguageEvaluation {
  readonly nEvalContexts: number;
  /** Of the model as it is, with the coder's reconstruction in place, and with zeros at that point: in all heads. */
  readonly ceLossClean: number;
  readonly ceLossReplaced: number;
  readonly ceLossZeroAblated: number;
  /** `(zeroAblated − replaced) / (zeroAblated − clean)`: 1 for a perfect coder, 0 for one that gives zeros. */
  readonly ceLossScore: number;
  /** Mean of `|x̂|`, and of `|x̂| / |target|`, over tokens. The original divides by the norm of the input. */
  readonly l2Norm: number;
  readonly l2Ratio: number;
  /** For coders of one head: mean over queries of its pattern's `Σ p (log2 p − log2 p̂)`, against both interventions. */
  readonly attentionKlReplaced?: number;
  readonly attentionKlZeroAblated?: number;
}

/** Evaluate a coder on contexts of equal length, `batchContexts` in one run of the model. */
export async function evaluateLanguage(
  coder: PlacedCoder,
  backbone: LanguageBackbone,
  contexts: Tokens,
  options: { batchContexts: number; signal?: AbortSignal },
): Promise<LanguageEvaluation> {
  const { batchContexts, signal } = options;
  const { input, output, head } = coder;
  const mean = createMeans();
  const pattern = patternPoint(coder);
  for (let start = 0; start < contexts.length; start += batchContexts) {
    const tokens = contexts.slice(start, start + batchContexts);
    const record = [LOSS, ...(pattern === undefined ? [] : [pattern])];
    const run = (interventions: readonly Intervention[]): Promise<Map<string, Tensor>> =>
      backbone.run(tokens, { record, interventions, signal });
    const places = [...record, input, output];
    const clean = await backbone.run(tokens, { record: places, signal });
    const withCoder = await run(replaced(coder));
    const withZeros = await run(zeroed(coder));
    mean.add('clean', predicted(clean.get(LOSS)!));
    mean.add('replaced', predicted(withCoder.get(LOSS)!));
    mean.add('zeroAblated', predicted(withZeros.get(LOSS)!));

    const nRows = tokens.reduce((n, each) => n + each.length, 0);
    const inputs = rowsAt(clean.get(input)!, head);
    const norms = rowNorms(await coder.reconstruct(inputs), nRows);
    const targets = rowNorms(rowsAt(clean.get(output)!, head), nRows);
    mean.add('norm', norms);
    mean.add(
      'ratio',
      norms.map((norm, r) => norm / targets[r]!),
    );
    if (pattern !== undefined && head !== undefined) {
      const own = clean.get(pattern)!;
      mean.add('klReplaced', patternDivergence(own, withCoder.get(pattern)!, head));
      mean.add('klZeroAblated', patternDivergence(own, withZeros.get(pattern)!, head));
    }
  }
  const [ceLossClean, ceLossReplaced, ceLossZeroAblated] = [
    mean.of('clean'),
    mean.of('replaced'),
    mean.of('zeroAblated'),
  ];
  return {
    nEvalContexts: contexts.length,
    ceLossClean,
    ceLossReplaced,
    ceLossZeroAblated,
    ceLossScore: (ceLossZeroAblated - ceLossReplaced) / (ceLossZeroAblated - ceLossClean),
    l2Norm: mean.of('norm'),
    l2Ratio: mean.of('ratio'),
    ...(pattern === undefined
      ? {}
      : {
          attentionKlReplaced: mean.of('klReplaced'),
          attentionKlZeroAblated: mean.of('klZeroAblated'),
        }),
  };
}

/** The attention pattern of the layer that a coder of one head is in. */
function patternPoint({ output, head }: PlacedCoder): string | undefined {
  const block = parseHook(output);
  return head === undefined || block === undefined
    ? undefined
    : hook(block.layer, 'attn.hook_pattern');
}

/** Losses `[batch, positions]` without those of last positions, which have no next token. */
function predicted({ data, shape }: Tensor): Float64Array {
  const positions = shape[1]!;
  return Float64Array.from(data).filter((_, i) => i % positions !== positions - 1);
}

/**
 * `Σ p (log2(p + 1e-10) − log2(q + 1e-10))` over the keys of each query of one head, of patterns
 * `[batch, heads, queries, keys]`.
 */
function patternDivergence(p: Tensor, q: Tensor, head: number): Float64Array {
  const [batch, nHeads, queries, keys] = p.shape as [number, number, number, number];
  const sums = new Float64Array(batch * queries);
  const bits = (value: number): number => Math.log2(value + 1e-10);
  for (let i = 0; i < sums.length; i++) {
    const b = Math.floor(i / queries);
    const at = ((b * nHeads + head) * queries + (i % queries)) * keys;
    for (let k = at; k < at + keys; k++)
      sums[i]! += p.data[k]! * (bits(p.data[k]!) - bits(q.data[k]!));
  }
  return sums;
}

function rowNorms(values: Float32Array, rows: number): Float64Array {
  const d = values.length / rows;
  return Float64Array.from({ length: rows }, (_, r) =>
    Math.hypot(...values.subarray(r * d, (r + 1) * d)),
  );
}

/** Means of several series of numbers. */
function createMeans(): {
  add(name: string, values: Float64Array): void;
  of(name: string): number;
} {
  const totals = new Map<string, { sum: number; count: number }>();
  return {
    add(name, values) {
      const { sum, count } = totals.get(name) ?? { sum: 0, count: 0 };
      totals.set(name, {
        sum: values.reduce((total, value) => total + value, sum),
        count: count + values.length,
      });
    },
    of(name) {
      const { sum, count } = totals.get(name)!;
      return sum / count;
    },
  };
}
