// What a coder costs the model that it stands in: cross-entropy and divergence, beside those of zeros in its place.
import {
  type Intervention,
  type LanguageBackbone,
  LOGITS,
  LOSS,
} from '../../../backbones/language/types.ts';
import type { Tensor } from '../../../backbones/types.ts';
import { putRows, replaced, rowsAt } from '../../../training/evaluation/substitution.ts';
import type { BenchedCoder } from '../benched-coder.ts';
import { divergences, type Predictions, predictionsOf } from './divergence.ts';

/** Means over tokens, in nats; tokens that begin, end or fill up a text count for nothing. */
export interface ReconstructionCost {
  /** Divergence of predictions from those of the model as it is. */
  readonly klZeros: number;
  readonly klCoder: number;
  readonly ceClean: number;
  readonly ceZeros: number;
  readonly ceCoder: number;
}

/** How costs are measured. */
export interface ReconstructionOptions {
  readonly backbone: LanguageBackbone;
  readonly isIgnored: (token: number) => boolean;
  /** Leave what the model computes on ignored tokens as it is; zeros go everywhere. */
  readonly keepsIgnored: boolean;
  /** Called when so many contexts are done for one coder. */
  readonly onContexts?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Logits that are in memory at a time for each of three runs: 128 MiB. */
const MOST_LOGITS = 2 ** 25;

/** Measure what coders cost on contexts of equal length. All share the runs of the model as it is. */
export async function reconstructionCosts(
  coders: readonly BenchedCoder[],
  contexts: readonly Int32Array[],
  options: ReconstructionOptions,
): Promise<ReconstructionCost[]> {
  const { backbone, isIgnored, keepsIgnored, onContexts, signal } = options;
  const means = coders.map(() => new Map<keyof ReconstructionCost, Mean>());
  const length = contexts[0]?.length ?? 1;
  const step = Math.max(1, Math.floor(MOST_LOGITS / (length * backbone.config.dVocab)));
  for (let start = 0; start < contexts.length; start += step) {
    const tokens = contexts.slice(start, start + step);
    const run = async (interventions: readonly Intervention[]): Promise<Outcome> => {
      const found = await backbone.run(tokens, { record: [LOGITS, LOSS], interventions, signal });
      return { predictions: predictionsOf(found.get(LOGITS)!), losses: found.get(LOSS)!.data };
    };
    const clean = await run([]);
    const silent = new Map<string, { readonly kl: Float64Array; readonly losses: Float32Array }>();
    for (const [i, { coder, place }] of coders.entries()) {
      const key = `${place.output} ${place.head}`;
      if (!silent.has(key)) {
        const { predictions, losses } = await run([zeros(place)]);
        silent.set(key, { kl: divergences(clean.predictions, predictions), losses });
      }
      const own = replaced({ ...place, reconstruct: coder.reconstruct });
      const kept = keepsIgnored
        ? own.map((each) => keeping(each, place.output, tokens, isIgnored))
        : own;
      const withCoder = await run(kept);
      const klCoder = divergences(clean.predictions, withCoder.predictions);
      const { kl: klZeros, losses: ceZeros } = silent.get(key)!;
      tokens.forEach((row, r) => {
        row.forEach((token, p) => {
          if (isIgnored(token)) return;
          const at = r * length + p;
          const add = (name: keyof ReconstructionCost, values: ArrayLike<number>): void =>
            addTo(means[i]!, name, values[at]!);
          add('klZeros', klZeros);
          add('klCoder', klCoder);
          if (p === length - 1) return;
          add('ceClean', clean.losses);
          add('ceZeros', ceZeros);
          add('ceCoder', withCoder.losses);
        });
      });
      onContexts?.(tokens.length);
    }
  }
  return means.map((of) => {
    const mean = (name: keyof ReconstructionCost): number => {
      const { sum, n } = of.get(name) ?? { sum: 0, n: 0 };
      return sum / n;
    };
    return {
      klZeros: mean('klZeros'),
      klCoder: mean('klCoder'),
      ceClean: mean('ceClean'),
      ceZeros: mean('ceZeros'),
      ceCoder: mean('ceCoder'),
    };
  });
}

interface Outcome {
  readonly predictions: Predictions;
  readonly losses: Float32Array;
}

interface Mean {
  sum: number;
  n: number;
}

function addTo<Name>(means: Map<Name, Mean>, name: Name, value: number): void {
  const mean = means.get(name) ?? { sum: 0, n: 0 };
  means.set(name, mean);
  mean.sum += value;
  mean.n++;
}

/** Zeros in the place of what the coder reconstructs: of its head alone, where it has one. */
function zeros({ output, head }: BenchedCoder['place']): Intervention {
  return {
    point: output,
    apply: (value) => putRows(value, new Float32Array(rowsAt(value, head).length), output, head),
  };
}

/** An intervention that leaves rows of ignored tokens as the model has them. */
function keeping(
  intervention: Intervention,
  output: string,
  tokens: readonly Int32Array[],
  isIgnored: (token: number) => boolean,
): Intervention {
  if (intervention.point !== output || !('apply' in intervention)) return intervention;
  return {
    point: output,
    async apply(value, context) {
      const own: Tensor = { data: Float32Array.from(value.data), shape: value.shape };
      const changed = await intervention.apply(value, context);
      const data = Float32Array.from(changed.data);
      const [batch, positions] = value.shape as [number, number];
      const width = data.length / (batch * positions);
      for (let row = 0; row < batch * positions; row++) {
        const context_ = tokens[context.firstRow + Math.floor(row / positions)]!;
        if (!isIgnored(context_[context.positions[row % positions]!]!)) continue;
        data.set(own.data.subarray(row * width, (row + 1) * width), row * width);
      }
      return { data, shape: changed.shape };
    },
  };
}
